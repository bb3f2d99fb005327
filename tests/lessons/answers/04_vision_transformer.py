SCALED = "z = patch_encoder(patches(images / 127.5 - 1))"


def classify(*lines):
    body = "".join(f"\n    {line}" for line in lines)
    return f"def classify(images, patches, patch_encoder, encoder, head):{body}\n"


def count(embedding="(P*P*C*D + D) + D + (N + 1)*D", attention="4*(D*D + D)", mlp="(D*M + M) + (M*D + D)", norms="4*D",
          blocks="L", last="2*D", head="D*K + K"):
    total = f"{embedding} + {blocks}*({attention} + {mlp} + {norms}) + {last} + {head}"
    return f"def count_parameters(P, C, N, D, M, L, K):\n    return {total}\n"


WRONG = [
    ('answer = "A"', "keys and values of the second block made of"),
    ('answer = "B"', "Which weights depend on T"),
    ('answer = "C"', "What did the class token see in the first block"),
    ("num_tokens = 256", "Those are the patches"),
    ("num_tokens = 16", "Square it"),
    ("num_tokens = 17", "square the side first"),
    ("num_tokens = 197", "That is patch size 16"),
    ("position_parameters = 442368", "the class token has one, too"),
    ("position_parameters = 577", "How wide is a row"),
    ("position_parameters = 151296", "That is for 224x224 pixels"),
    ("position_parameters = 19200", "square 384 / 16 first"),
    (classify(SCALED, "return head(encoder(z)[:, -1])"), "read from the last token"),
    (classify(SCALED, "return head(encoder(z)[:, 1])"), "read from the first patch"),
    (classify(SCALED, "return head(ops.mean(encoder(z), axis=1))"), "the mean of all tokens"),
    (classify(SCALED, "return encoder(z)[:, 0]"), "That is y"),
    (classify(SCALED, "return encoder(z)"), "all tokens, z_L"),
    (classify(SCALED, "return head(encoder(z))"), "Take the class token first"),
    (classify(SCALED, "return head(z[:, 0])"), "before the first block"),
    (classify(SCALED, "for block in encoder.blocks: z = block(z)", "return head(z[:, 0])"), "The last norm is missing"),
    (classify(SCALED, "return ops.softmax(head(encoder(z)[:, 0]))"), "Those are probabilities"),
    (classify("return head(encoder(patch_encoder(patches(images * 1.0)))[:, 0])"), "The patches hold 0 to 255"),
    (classify("return head(encoder(patch_encoder(patches(images / 255)))[:, 0])"), "The patches hold 0 to 1."),
    (classify(SCALED, "return head(encoder(z)[:, 2])"), "The shape is right, the numbers are not"),
    (classify(SCALED, "return head(encoder.norm(z)[:, 0])"), "The shape is right, the numbers are not"),
    (count(embedding="(P*P*C*D + D) + D + N*D"), "its position (N + 1 rows)"),
    (count(embedding="(P*P*C*D + D) + (N + 1)*D"), "did you count the class token"),
    (count(embedding="P*P*C*D + D + (N + 1)*D"), "did you count the class token"),
    (count(embedding="P*P*C*D + D + N*D", attention="4*(D*D + D)"), "the class token and its position"),
    (count(last="0"), "the last norm"),
    (count(head="D*K"), "the head has a bias"),
    (count(head="0"), "The head is missing"),
    (count(attention="4*D*D"), "the biases of attention, or the two norms"),
    (count(norms="0"), "the biases of attention, or the two norms"),
    (count(norms="2*D"), "there are two norms"),
    (count(mlp="2*D*M"), "The biases of the MLP are missing"),
    (count("P*P*C*D + D + (N + 1)*D", "4*D*D", "2*D*M", head="D*K"), "All biases are missing"),
    (count(attention="3*(D*D + D)"), "One kernel of attention is missing"),
    (count(embedding="(P*C*D + D) + D + (N + 1)*D"), "A patch has P * P pixels"),
    (count(blocks="1"), "a model with one block"),
    (count(attention="2*4*(D*D + D)"), "counted for each head"),
    (count(attention="12*4*(D*D + D)"), "counted for each head"),
    # Unscaled uint8 into a dense layer: an error or a wrong number, as the backend likes.
    (classify("return head(encoder(patch_encoder(patches(images)))[:, 0])"), "hint: "),
]
RIGHT = [
    classify(SCALED, "return head(encoder(z)[:, 0])"),
    classify(SCALED, "return head(encoder(z, num_queries=1)[:, 0])"),
    classify("x = ops.cast(images, 'float32') / 255 * 2 - 1", "return head(encoder(patch_encoder(patches(x)))[:, 0])"),
    count(),
    count(embedding="D*(P**2*C + N + 3)"),
]
UNANSWERED = ["answer = None", "num_tokens = None", classify("raise NotImplementedError")]
