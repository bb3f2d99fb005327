"""Lesson 4: the Vision Transformer."""

import numpy as np
from keras import ops

from vit_keras.lessons.exercises import Exercise
from vit_keras.vit import VisionTransformer


def whole_model(pictures, parts):
    """The lesson has made the pictures and the parts, whose weights it has drawn."""
    patches, patch_encoder, encoder, head = parts
    z_0 = patch_encoder(patches(pictures / 127.5 - 1))
    z_2 = encoder.blocks[1](encoder.blocks[0](z_0))  # before the last norm
    tokens = encoder(z_0)
    logits = head(tokens[:, 0])

    def of_pixels(images):
        return head(encoder(patch_encoder(patches(images)))[:, 0])

    return Exercise(logits, on=(pictures, *parts), tolerance=1e-3, hints=(
        (head(tokens[:, -1]), "That is read from the last token. The class token comes first.",
         "마지막 토큰에서 읽었어요. 클래스 토큰은 맨 앞에 있어요."),
        (head(tokens[:, 1]), "That is read from the first patch. Tokens are counted from 0.",
         "첫 번째 패치에서 읽었어요. 토큰은 0번부터 세요."),
        (head(ops.mean(tokens, axis=1)), "That is the mean of all tokens. Equation (4) takes one of them.",
         "모든 토큰의 평균이에요. 식 (4)는 그중 하나만 써요."),
        (tokens[:, 0], "That is y. Which part turns it into logits?",
         "그것은 y예요. y에서 로짓을 만드는 구성 요소는 무엇일까요?"),
        (tokens, "Those are all tokens, z_L. What does equation (4) do with them?",
         "토큰 전체인 z_L이에요. 식 (4)는 이것으로 무엇을 하나요?"),
        (head(tokens), "That is an answer of every token. Take the class token first.",
         "모든 토큰의 답이에요. 먼저 클래스 토큰을 고르세요."),
        (head(z_0[:, 0]), "That is read before the first block: the same for every picture.",
         "첫 블록 앞에서 읽었어요. 모든 그림의 답이 같아요."),
        (head(z_2[:, 0]), "The last norm is missing. `encoder` holds it; its `blocks` alone do not.",
         "마지막 층 정규화가 빠졌어요. `encoder`에는 있지만 `blocks`에는 없어요."),
        (ops.softmax(logits), "Those are probabilities. Logits are the numbers before the softmax.",
         "그것은 확률이에요. 로짓은 소프트맥스를 거치기 전의 숫자예요."),
        (of_pixels(pictures * 1.0), "The patches hold 0 to 255. The model was given numbers in [-1, 1].",
         "패치의 값이 0에서 255까지예요. 모델에는 [-1, 1] 범위의 숫자를 넣었어요."),
        (of_pixels(pictures / 255), "The patches hold 0 to 1. The model was given numbers in [-1, 1].",
         "패치의 값이 0에서 1까지예요. 모델에는 [-1, 1] 범위의 숫자를 넣었어요."),
        (lambda answer: np.ndim(answer) == 2 and np.shape(answer)[1] == 3,
         "The shape is right, the numbers are not. Which pixels, which token, which order of the parts?",
         "형태는 맞지만 숫자가 달라요. 픽셀의 범위, 토큰의 번호, 구성 요소의 순서를 확인하세요."),
    ))


def parameters():
    """Of a model whose MLP is not four times as wide as its tokens."""
    P, C, N, D, M, L, K = 4, 3, 64, 10, 24, 2, 7
    total = VisionTransformer((32, 32, C), P, L, D, num_heads=2, mlp_dim=M, num_classes=K).count_params()
    return Exercise(total, on=(P, C, N, D, M, L, K), hints=(
        (total - D, "D too few: did you count the class token, its position (N + 1 rows), the bias of E?",
         "D개 모자라요. 클래스 토큰이 있나요? 그 위치(N + 1행)는요? E의 편향은요?"),
        (total - 2 * D, "2 D too few: the last norm, or the class token and its position.",
         "2 D개 모자라요. 마지막 층 정규화, 아니면 클래스 토큰과 그 위치가 빠졌어요."),
        (total - K, "K too few: the head has a bias.", "K개 모자라요. 분류층에도 편향이 있어요."),
        (total - (D * K + K), "The head is missing.", "분류층이 빠졌어요."),
        (total - 4 * D * L, "4 D too few in each block: the biases of attention, or the two norms.",
         "블록마다 4 D개 모자라요. 어텐션의 편향, 아니면 층 정규화 두 개가 빠졌어요."),
        (total - 2 * D * L, "2 D too few in each block: there are two norms, each with scale and shift.",
         "블록마다 2 D개 모자라요. 층 정규화는 두 개이고 각각 배율과 이동값이 있어요."),
        (total - (M + D) * L, "The biases of the MLP are missing.", "MLP의 편향이 빠졌어요."),
        (total - (D + (5 * D + M) * L + K), "All biases are missing: every kernel has one.",
         "편향이 모두 빠졌어요. 커널마다 하나씩 있어요."),
        (total - (D * D + D) * L, "One kernel of attention is missing: query, key, value, and the output projection.",
         "어텐션의 커널 하나가 빠졌어요. 쿼리, 키, 밸류, 그리고 출력 선형 변환이 있어요."),
        (total - (P * P - P) * C * D, "A patch has P * P pixels.", "패치 하나의 픽셀은 P * P개예요."),
        (total - (4 * D + 4 * (D * D + D) + 2 * D * M + M + D) * (L - 1), "That is a model with one block.",
         "블록이 하나인 모델이에요."),
        (lambda count: count > total and (count - total) % (4 * (D * D + D) * L) == 0,
         "Attention is counted for each head. All heads together share kernels of D x D.",
         "어텐션을 헤드마다 따로 셌어요. 모든 헤드가 D x D 커널을 나눠 써요."),
    ))


ANSWERS = {
    "1": Exercise("D", (
        ("A", "What are the keys and values of the second block made of?",
         "두 번째 블록의 키와 밸류는 무엇으로 만들까요?"),
        ("B", "Section 2 gave the same encoder five tokens, then four. Which weights depend on T?",
         "2절에서 같은 인코더에 토큰 다섯 개를, 그다음에 네 개를 넣었어요. 어떤 가중치가 T에 따라 달라질까요?"),
        ("C", "What did the class token see in the first block, before the others were dropped?",
         "다른 토큰이 사라지기 전, 첫 블록에서 클래스 토큰은 무엇을 보았을까요?"),
    )),
    "2a": Exercise(257, (
        (256, "Those are the patches. What else goes through the blocks?",
         "그것은 패치의 수예요. 블록을 지나는 것이 하나 더 있어요."),
        (16, "That is one side of the grid: 224 / 14. Square it.", "격자 한 변의 개수 224 / 14예요. 제곱하세요."),
        (17, "That is one side of the grid, plus one: square the side first.",
         "격자 한 변에 1을 더한 값이에요. 먼저 한 변을 제곱하세요."),
        (197, "That is patch size 16; the 14 in H/14 is the patch size.",
         "패치 크기가 16일 때예요. H/14의 14가 패치 크기예요."),
    )),
    "2b": Exercise(577 * 768, (
        (576 * 768, "A row for each token: the class token has one, too.",
         "토큰마다 한 행이에요. 클래스 토큰에도 있어요."),
        (577, "That is the number of rows. How wide is a row?", "그것은 행의 수예요. 한 행의 너비는 얼마일까요?"),
        (197 * 768, "That is for 224x224 pixels.", "224x224 픽셀일 때의 값이에요."),
        (25 * 768, "That is one side of the grid, plus one: square 384 / 16 first.",
         "격자 한 변에 1을 더해서 곱한 값이에요. 먼저 384 / 16을 제곱하세요."),
    )),
    "3": whole_model,
    "4": parameters,
}
