"use strict";
// Everything the page says, in both languages; {names} are filled in by `say`.

const Words = {
  language: "en",

  // The sentence of that name in the page's language, with its {names} replaced.
  say(name, values = {}) {
    return Words[Words.language][name].replace(/{(\w+)}/g, (_, key) => values[key]);
  },

  en: {
    page: "Vision Transformer, live",
    title: "A Vision Transformer at work",
    lead: "A small, trained ViT runs in this page: {L} blocks, {heads} heads, D\u00a0=\u00a0{D}. Change the picture, " +
      "and follow the numbers from the pixels to the answer.",
    missing: "weights.js is not there: web/README.md says how it is written.",
    picture: "Picture", tools: "What a click does", look: "Look", cover: "Cover", paint: "Paint", color: "Color",
    hint_look: "Click a patch to see what becomes of it. Shift and an arrow key move the picture.",
    hint_cover: "Click patches to cover them with gray, and again to uncover them.",
    hint_paint: "Draw on the picture, or choose a patch and press Enter to fill it.",
    move: "Move the picture by one pixel: arrow keys, too", up: "Up", left: "Left", right: "Right", down: "Down",
    mirror: "Mirror", shuffle: "Shuffle patches", positions: "Position embeddings", reset: "Reset",
    shelf: "Drawn pictures", open: "Open a picture …", blank: "Blank picture", no_picture: "That file is not a picture.",
    private: "Or drop a picture here. It is scaled to {H}×{W} pixels and never leaves this page.",
    answer: "Answer", time: "Computed in {vit} ms (ViT) and {cnn} ms (CNN).",
    status: "ViT: {vit}. CNN: {cnn}.",
    remark_same: "Without position embeddings the ViT cannot tell that patches were shuffled: its answer is what it " +
      "was before. A CNN can tell.",
    remark_off: "E_pos is zero: the ViT does not know where a patch lies.",
    remark_shuffled: "Same patches, other places. Now switch the position embeddings off.",
    grid: "Patches of the picture", patch: "patch {n} (row {row}, column {column})", class_token: "class token",
    covered: "{patch}, covered",
    overview: "From the picture to the answer", of_pixels: "{H}×{W} pixels", of_patches: "{N} patches",
    of_tokens: "{T} tokens", of_blocks: "{L} blocks", of_class: "class token", of_answer: "answer",
    patches_title: "Pixels become patches",
    patches_text: "The picture has {H}×{W} pixels. It is cut into N = HW/P² = {N} patches of {P}×{P}, and each is " +
      "flattened to P²C = {PPC} numbers. Nothing is learned here, and nothing is lost.",
    cut: "The picture, cut into patches", pixels: "its pixels", flat: "flattened: {PPC} numbers",
    no_patch: "The class token has no patch. It is learned, and the same for every picture.",
    tokens_title: "Patches become tokens",
    tokens_text: "One matrix E, the same for every patch, turns each patch into D = {D} numbers. A class token is " +
      "put in front, and every token gets the position embedding of its place.",
    off: "switched off", all_tokens: "All {T} tokens, a row each",
    tokens: "Matrix of all tokens; the class token is on top",
    attention_title: "Every token looks at every token",
    attention_text: "In each block, each head asks anew where to look. A map shows where one token looks: the " +
      "brighter a patch, the higher its attention score. The bar below it is the class token. Click a map to take " +
      "it apart further down.",
    looks_from: "From:", maps: "Attention maps, a column for each block and a row for each head",
    block: "block {l}", head: "head {h}",
    map: "Block {l}, head {h}: {share} on the class token, most of the rest on {patch}, {most}",
    scale: "Attention score", rollout_scale: "Share",
    score_title: "One score is one dot product",
    score_text: "A query of {Dh} numbers meets a key of {Dh} numbers. Their dot product, scaled by √{Dh} and passed " +
      "through the softmax over all {T} tokens, is the score. Click another patch on the map to choose its key.",
    which: "Block {l}, head {h}: how much {query} looks at {key}",
    keys: "Which token answers", query_of: "query", key_of: "key", product_of: "products",
    dot: "dot product q·k", scaled: "divided by √{Dh}", soft: "softmax: its share of all {T}",
    products: "All {Dh} products, one by one",
    block_title: "Added, not replaced",
    block_text: "What attention has collected is added to the token (2). Then an MLP with {mlp} hidden units works " +
      "on each token by itself, and its result is added as well (3).",
    through: "Block {l}: {token}",
    rollout_title: "Through all blocks: rollout",
    rollout_text: "Attention rollout multiplies the maps of all blocks, half attention and half residual path. It " +
      "shows which patches could have reached the token you look from, not what was used of them.",
    rollout: "Rollout after block {l}: most from {patch}, {most}",
    class_title: "The class token speaks for the picture",
    class_text: "The answer is read from the class token alone: Layer Norm (4), one dense layer, softmax. The last " +
      "column is the answer; the others show what it would have been after fewer blocks.",
    after: "After block",
    cnn_title: "Beside it: a small CNN",
    cnn_text: "A convolution sees only neighbors, and uses the same kernel everywhere: locality and translation " +
      "equivariance are built in. A ViT has to learn both. Move the picture by a pixel or two and compare the " +
      "answers.",
    source: "Both models were trained on {data}.{accuracy} The drawings on this page were not among the training " +
      "pictures.",
    accuracy: " On test pictures the ViT is right {vit} of the time, the CNN {cnn}.",
  },

  ko: {
    page: "비전 트랜스포머 체험",
    title: "눈앞에서 움직이는 비전 트랜스포머",
    lead: "학습을 마친 작은 비전 트랜스포머(Vision Transformer, ViT)가 이 페이지 안에서 계산해요. 블록 {L}개, 헤드 {heads}개, " +
      "D\u00a0=\u00a0{D}예요. 그림을 바꾸고, 픽셀이 답이 될 때까지 숫자를 따라가 보세요.",
    missing: "weights.js가 없어요. 만드는 방법은 web/README.md에 있어요.",
    picture: "그림", tools: "클릭하면 하는 일", look: "보기", cover: "가리기", paint: "그리기", color: "색",
    hint_look: "패치를 클릭하면 그 패치를 따라가요. Shift와 방향키로 그림을 옮겨요.",
    hint_cover: "패치를 클릭하면 회색으로 가려지고, 다시 클릭하면 돌아와요.",
    hint_paint: "그림 위에 직접 그려 보세요. 패치를 골라 Enter 키를 누르면 그 패치가 칠해져요.",
    move: "그림을 한 픽셀씩 옮겨요. 방향키도 돼요", up: "위로", left: "왼쪽으로", right: "오른쪽으로", down: "아래로",
    mirror: "좌우 뒤집기", shuffle: "패치 섞기", positions: "위치 임베딩", reset: "처음대로",
    shelf: "그려 둔 그림", open: "그림 열기 …", blank: "빈 그림", no_picture: "그림 파일이 아니에요.",
    private: "그림 파일을 여기에 놓아도 돼요. {H}×{W} 픽셀로 줄여서 쓰고, 페이지 밖으로 보내지 않아요.",
    answer: "답", time: "ViT는 {vit} ms, CNN은 {cnn} ms 걸렸어요.",
    status: "ViT: {vit}. CNN: {cnn}.",
    remark_same: "위치 임베딩이 없으면 ViT는 패치가 섞인 줄 몰라요. 답이 섞기 전과 똑같아요. CNN은 알아요.",
    remark_off: "E_pos가 0이에요. ViT는 패치가 어디에 있는지 몰라요.",
    remark_shuffled: "패치는 그대로이고 자리만 바뀌었어요. 이제 위치 임베딩을 꺼 보세요.",
    grid: "그림의 패치", patch: "패치 {n} ({row}행 {column}열)", class_token: "클래스 토큰",
    covered: "{patch}, 가려짐",
    overview: "그림에서 답까지", of_pixels: "{H}×{W} 픽셀", of_patches: "패치 {N}개", of_tokens: "토큰 {T}개",
    of_blocks: "블록 {L}개", of_class: "클래스 토큰", of_answer: "답",
    patches_title: "픽셀이 패치가 돼요",
    patches_text: "그림은 {H}×{W} 픽셀이에요. {P}×{P} 패치(patch) N = HW/P² = {N}개로 자르고, 패치마다 P²C = {PPC}개의 숫자로 " +
      "평탄화(flatten)해요. 여기서는 학습하는 것도, 잃는 것도 없어요.",
    cut: "패치로 자른 그림", pixels: "패치의 픽셀", flat: "평탄화: 숫자 {PPC}개",
    no_patch: "클래스 토큰에는 패치가 없어요. 학습으로 얻은 값이고, 어떤 그림이든 같아요.",
    tokens_title: "패치가 토큰이 돼요",
    tokens_text: "모든 패치에 같은 행렬 E를 곱해서 숫자 D = {D}개를 만들어요. 맨 앞에 클래스 토큰(class token)을 두고, 토큰마다 자리에 맞는 위치 임베딩(position " +
      "embedding)을 더해요.",
    off: "꺼짐", all_tokens: "토큰 {T}개 전부, 한 줄에 하나씩", tokens: "모든 토큰의 행렬, 맨 위가 클래스 토큰",
    attention_title: "모든 토큰이 모든 토큰을 봐요",
    attention_text: "블록마다, 헤드마다 어디를 볼지 새로 물어요. 지도 하나는 토큰 하나가 어디를 보는지 보여 줘요. 밝을수록 어텐션 점수(attention score)가 높아요. 지도 " +
      "아래 막대는 클래스 토큰이에요. 지도를 클릭하면 아래에서 자세히 볼 수 있어요.",
    looks_from: "보는 토큰:", maps: "어텐션 지도. 열은 블록, 행은 헤드",
    block: "블록 {l}", head: "헤드 {h}",
    map: "블록 {l}, 헤드 {h}: 클래스 토큰에 {share}, 나머지 중 가장 많은 곳은 {patch}, {most}",
    scale: "어텐션 점수", rollout_scale: "차지하는 몫",
    score_title: "점수 하나는 내적 하나예요",
    score_text: "숫자 {Dh}개짜리 쿼리(query)와 숫자 {Dh}개짜리 키(key)가 만나요. 둘의 내적을 √{Dh}로 나누고 토큰 {T}개에 대해 소프트맥스를 하면 점수가 돼요. 지도에서 " +
      "다른 패치를 클릭하면 그 패치의 키로 바뀌어요.",
    which: "블록 {l}, 헤드 {h}: {query} → {key}",
    keys: "답하는 토큰", query_of: "쿼리", key_of: "키", product_of: "곱",
    dot: "내적 q·k", scaled: "√{Dh}로 나누기", soft: "소프트맥스: {T}개 중의 몫",
    products: "곱 {Dh}개를 하나하나",
    block_title: "바꾸지 않고 더해요",
    block_text: "어텐션이 모은 것을 토큰에 더해요 (2). 그다음 은닉 유닛이 {mlp}개인 MLP가 토큰마다 따로 계산하고, 그 결과도 더해요 (3).",
    through: "블록 {l}: {token}",
    rollout_title: "모든 블록을 지나서: 어텐션 롤아웃",
    rollout_text: "어텐션 롤아웃(attention rollout)은 모든 블록의 지도를 곱해요. 절반은 어텐션, 절반은 잔차 연결이에요. 지금 보는 토큰에 어느 패치의 정보가 닿을 수 " +
      "있었는지 보여 주지만, 무엇이 쓰였는지는 말해 주지 않아요.",
    rollout: "블록 {l}까지의 롤아웃: 가장 많은 곳은 {patch}, {most}",
    class_title: "클래스 토큰이 그림을 대표해요",
    class_text: "답은 클래스 토큰 하나에서 읽어요. 층 정규화 (4), 분류층, 소프트맥스 순서로 지나요. 마지막 열이 답이고, 앞의 열은 블록을 덜 지나고 읽었다면 나왔을 답이에요.",
    after: "지나온 블록",
    cnn_title: "나란히 놓고 보는 작은 CNN",
    cnn_text: "합성곱은 이웃만 보고, 모든 자리를 같은 커널로 봐요. 지역성과 이동 등변성이 구조에 들어 있어요. ViT는 둘 다 배워야 해요. 그림을 한두 픽셀 옮기면서 두 답을 견주어 보세요.",
    source: "두 모델의 학습 데이터는 {data}.{accuracy} 이 페이지의 그림은 학습 데이터에 없던 것이에요.",
    accuracy: " 테스트 그림에서 ViT의 정확도는 {vit}, CNN의 정확도는 {cnn}예요.",
  },
};
