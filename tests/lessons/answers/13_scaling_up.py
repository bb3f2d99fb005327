DAYS = "def days(forward, pictures, epochs, devices, peak, utilization): return "

WRONG = [
    ('answer = "A"', "both sides of a patch"),
    ('answer = "B"', "all parts but one"),
    ('answer = "D"', "Only the pairs"),
    ("state_gb = 4 * 304_326_632 / 1e9", "weights alone"),
    ("state_gb = 12 * 304_326_632 / 1e9", "a checkpoint"),
    ("state_gb = 304_326_632 / 1e9", "every device has all weights"),
    ("state_gb = 8 * 304_326_632 / 1e9", "stays in float32"),
    ("batches_an_epoch = 1_281_167 // 64", "global batch"),
    ("batches_an_epoch = 1252", "not full"),
    ("batches_an_epoch = 1_281_167 / 1024", "a whole number"),
    ("sent_gb = 4 * 304_326_632 / 1e9", "nearly twice"),
    ("sent_gb = 8 * 304_326_632 / 1e9", "a little less than 2"),
    ("sent_gb = 15 * 4 * 304_326_632 / 1e9", "A ring does better"),
    ("sent_gb = 4 * 304_326_632 * 30 / 16", "In GB"),
    ("def largest_batch(memory, parameters, a_picture): return int(memory // a_picture)", "The state has to fit"),
    ("def largest_batch(memory, parameters, a_picture): return int((memory - 4 * parameters) // a_picture)",
     "more is kept than its weight"),
    ("def largest_batch(memory, parameters, a_picture): return round((memory - 16 * parameters) / a_picture)",
     "Round down"),
    ("def largest_batch(memory, parameters, a_picture): return (memory - 16 * parameters) / a_picture",
     "A whole number"),
    ("def largest_batch(memory, parameters, a_picture): return int((memory - 16 * parameters) // a_picture)",
     "not a negative batch"),
    (DAYS + "3 * forward * pictures * epochs / devices / peak / utilization / 86_400", "comes with an addition"),
    (DAYS + "2 * forward * pictures * epochs / devices / peak / utilization / 86_400", "forward pass only"),
    (DAYS + "forward * pictures * epochs / devices / peak / utilization / 86_400", "and three times forward"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / 86_400", "takes longer"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak * utilization / 86_400", "Divide by the utilization"),
    (DAYS + "6 * forward * pictures * epochs / peak / utilization / 86_400", "share the pictures"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / utilization", "are seconds"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / utilization / 3600", "are hours"),
]
RIGHT = [
    """def largest_batch(memory, parameters, a_picture):
    batch = 0
    while 16 * parameters + (batch + 1) * a_picture <= memory:
        batch += 1
    return batch""",
]
UNANSWERED = ["answer = None", "sent_gb = None", "largest_batch = None",
              "days = None"]
