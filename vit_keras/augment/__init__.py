"""How pictures are changed, image by image, inside the compiled step."""
