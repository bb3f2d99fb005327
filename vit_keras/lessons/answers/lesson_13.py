"""Lesson 13: scaling up."""

from vit_keras.lessons.exercises import Exercise

DAYS = 0.470514

ANSWERS = {
    "1": Exercise("C", hints=[
        ("A", "How many patches are there when both sides of a patch are halved?",
         "패치의 두 변이 모두 절반이 되면 패치가 몇 개일까요?"),
        ("B", "Nearly: that is right for all parts but one. Which one?",
         "거의 맞았어요. 한 부분만 빼고는 그래요. 어느 부분일까요?"),
        ("D", "Only the pairs grow like that. What share of the block are they at 197 tokens? "
              "See the table in section 3.",
         "그렇게 늘어나는 것은 쌍뿐이에요. 토큰이 197개일 때 쌍은 블록의 몇 퍼센트인가요? 3절의 표를 보세요."),
    ]),
    "2a": Exercise(4.869226112, tolerance=1e-3, hints=[
        (1.217, "Those are the weights alone. What else is kept of each?",
         "그것은 가중치뿐이에요. 파라미터마다 또 무엇을 가지고 있나요?"),
        (3.652, "That is a checkpoint: the gradient needs its place as well.",
         "그것은 체크포인트예요. 그래디언트 자리도 필요해요."),
        (4.869226112 / 16, "In data parallelism every device has all weights.",
         "데이터 병렬에서는 장치마다 가중치를 모두 가지고 있어요."),
        (2.4346, "The state stays in float32, in mixed precision too.", "혼합 정밀도에서도 상태는 float32예요."),
    ]),
    "2b": Exercise(1251, hints=[
        (20018, "That is with 64 pictures. What is the global batch?",
         "그것은 64장일 때예요. 전체 배치는 몇 장인가요?"),
        (1252, "The last one is not full.", "마지막 배치는 다 차지 않아요."),
        (lambda n: abs(n - 1251.14) < 0.2, "Whole batches: a whole number.", "꽉 찬 배치만 세니까 정수예요."),
    ]),
    "2c": Exercise(2.28244974, tolerance=1e-3, hints=[
        (1.217, "Every part goes around nearly twice: once to be added up, once to be handed out.",
         "조각마다 거의 두 바퀴를 돌아요. 더하느라 한 번, 나눠 주느라 한 번이에요."),
        (2.4346, "Nearly: 2 (n - 1) / n is a little less than 2.", "거의 맞았어요. 2 (n - 1) / n은 2보다 조금 작아요."),
        (18.26, "Everybody sends everything to everybody there. A ring does better.",
         "그것은 모두가 모두에게 보낼 때예요. 고리는 더 적게 보내요."),
        (2.28244974e9, "In GB, please.", "GB로 적어 주세요."),
    ]),
    "3a": Exercise(118, on=(16e9, 86_567_656, 123e6), hints=[
        (130, "The state has to fit as well.", "상태도 들어가야 해요."),
        (127, "Of a parameter more is kept than its weight.", "파라미터마다 가중치 말고도 가지고 있는 것이 있어요."),
        (119, "Round down: the last one does not fit.", "내림하세요. 마지막 한 장은 들어가지 않아요."),
        (lambda b: 118 < b < 119, "A whole number.", "정수여야 해요."),
    ]),
    "3b": Exercise(0, on=(1e9, 86_567_656, 123e6), hints=[
        (lambda b: b < 0, "Not even the state fits: 0, and not a negative batch.",
         "상태조차 들어가지 않아요. 음수가 아니라 0이에요."),
    ]),
    "4": Exercise(DAYS, on=(17.6e9, 1_281_167, 300, 8, 312e12, 0.4), tolerance=1e-3, hints=[
        (DAYS / 2, "A multiplication comes with an addition: two FLOPs.",
         "곱셈에는 덧셈이 따라와요. FLOP으로는 둘이에요."),
        (DAYS / 3, "That is the forward pass only.", "그것은 순전파뿐이에요."),
        (DAYS / 6, "Two FLOPs a multiplication, and three times forward.",
         "곱셈 하나는 FLOP 두 개이고, 배울 때는 순전파의 세 배예요."),
        (DAYS * 0.4, "A device that does 40% of what is advertised takes longer, not shorter.",
         "광고하는 속도의 40%만 내니까 더 오래 걸려요."),
        (DAYS * 0.4**2, "Divide by the utilization.", "활용률로 나누세요."),
        (DAYS * 8, "Eight devices share the pictures.", "장치 여덟 개가 그림을 나눠 맡아요."),
        (DAYS * 86_400, "Those are seconds.", "그것은 초예요."),
        (DAYS * 24, "Those are hours.", "그것은 시간이에요."),
    ]),
}
