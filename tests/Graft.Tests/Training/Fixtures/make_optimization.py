"""Reference numbers of losses, optimizers and schedules. Made with torch 1.13 in float64, but for those with both class weights and smoothing, whose formula is not torch's; inputs are the float32 numbers of TestNumbers.Uniform."""
import json
import torch
import torch.nn.functional as F


def uniform(count, seed, scale=1.0, offset=0.0):
    values = []
    for i in range(count):
        h = (i * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
        for _ in range(2):
            h = ((h ^ (h >> 15)) * 2246822519) & 0xFFFFFFFF
        values.append(offset + scale * (h / 2147483648.0 - 1.0))
    return torch.tensor(values, dtype=torch.float32).double()


ROWS, CLASSES = 6, 5
x = uniform(ROWS * CLASSES, 1, 4).reshape(ROWS, CLASSES)
labels = torch.tensor([0, 4, 2, 2, 1, 3])
probabilities = uniform(ROWS * CLASSES, 2, 0.5, 0.5).reshape(ROWS, CLASSES)
values = uniform(ROWS * CLASSES, 4, 2).reshape(ROWS, CLASSES)
weights = uniform(CLASSES, 3, 0.9, 1)


def loss(function):
    z = x.clone().requires_grad_()
    value = function(z)
    value.backward()
    return {"value": value.item(), "gradient": z.grad.flatten().tolist()}


def weighed(z, targets, row_weights):
    """Weights say how much a row counts; torch's own would weigh the smoothing of every row, too."""
    return (row_weights * F.cross_entropy(z, targets, label_smoothing=0.1, reduction="none")).sum() / row_weights.sum()


T = 3.0
losses = {
    "labels": loss(lambda z: F.cross_entropy(z, labels)),
    "labels smoothed": loss(lambda z: F.cross_entropy(z, labels, label_smoothing=0.1)),
    "labels weighted": loss(lambda z: F.cross_entropy(z, labels, weights)),
    "labels weighted smoothed": loss(lambda z: weighed(z, labels, weights[labels])),
    "probabilities": loss(lambda z: F.cross_entropy(z, probabilities)),
    "probabilities weighted smoothed": loss(lambda z: weighed(z, probabilities, (probabilities * weights).sum(1) / probabilities.sum(1))),
    "binary": loss(lambda z: F.binary_cross_entropy_with_logits(z, probabilities)),
    "binary weighted": loss(lambda z: F.binary_cross_entropy_with_logits(z, probabilities, pos_weight=weights)),
    "binary smoothed": loss(lambda z: F.binary_cross_entropy_with_logits(z, 0.9 * probabilities + 0.05)),
    "huber": loss(lambda z: F.huber_loss(z, values, delta=1.25)),
    "squared": loss(lambda z: F.mse_loss(z, values)),
    "cosine": loss(lambda z: (1 - F.cosine_similarity(z, values)).mean()),
    "unexplained": loss(lambda z: ((z - values) ** 2).sum() / ((values - values.mean(0)) ** 2).sum()),
    "distillation": loss(lambda z: T * T * F.kl_div(F.log_softmax(z / T, 1), F.log_softmax(values / T, 1), reduction="batchmean", log_target=True)),
}

STEPS, RATE, DECAY = 5, 0.05, 0.1


def steps(make, clip=None):
    """A matrix that decays and a vector that does not, which has twice the rate; gradients of step s are seeds 20 + s and 40 + s."""
    matrix = uniform(21, 10).reshape(3, 7).requires_grad_()
    vector = uniform(5, 11).requires_grad_()
    optimizer = make([{"params": [matrix], "weight_decay": DECAY}, {"params": [vector], "weight_decay": 0.0, "lr": 2 * RATE}])
    norms = []
    for s in range(STEPS):
        matrix.grad = uniform(21, 20 + s, 2).reshape(3, 7)
        vector.grad = uniform(5, 40 + s, 2)
        if clip is not None:
            norms.append(torch.nn.utils.clip_grad_norm_([matrix, vector], clip).item())
        optimizer.step()
    return {"matrix": matrix.detach().flatten().tolist(), "vector": vector.detach().tolist(), "norms": norms}


optimizers = {
    "sgd": steps(lambda g: torch.optim.SGD(g, RATE)),
    "momentum": steps(lambda g: torch.optim.SGD(g, RATE, momentum=0.9)),
    "nesterov": steps(lambda g: torch.optim.SGD(g, RATE, momentum=0.9, nesterov=True)),
    "nesterov clipped": steps(lambda g: torch.optim.SGD(g, RATE, momentum=0.9, nesterov=True), 5.8),
    "adamw": steps(lambda g: torch.optim.AdamW(g, RATE, betas=(0.8, 0.99), eps=1e-6)),
    "adamw clipped": steps(lambda g: torch.optim.AdamW(g, RATE), 1.0),
}


def rates(make, count):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.4)
    scheduler = make(optimizer)
    result = []
    for _ in range(count):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def plateau(values, **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    result = []
    for value in values:
        scheduler.step(value)
        result.append(optimizer.param_groups[0]["lr"])
    return result


S = torch.optim.lr_scheduler
reports = [1.0, 0.9, 0.89995, 0.91, 0.95, 0.92, 0.93, 0.94, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
schedules = {
    "cosine": rates(lambda o: S.CosineAnnealingLR(o, 12, 0.01), 13),
    "one cycle": rates(lambda o: S.OneCycleLR(o, 0.4, 20), 20),
    "one cycle other": rates(lambda o: S.OneCycleLR(o, 0.4, 17, pct_start=0.4, div_factor=10, final_div_factor=100), 17),
    "step": rates(lambda o: S.StepLR(o, 3, 0.5), 10),
    "reports": reports,
    "plateau": plateau(reports, patience=2, factor=0.5),
    "plateau cooldown": plateau(reports, patience=1, factor=0.2, cooldown=2, min_lr=0.01),
    "plateau higher": plateau(reports, mode="max", patience=3),
}

json.dump({"losses": losses, "optimizers": optimizers, "schedules": schedules}, open("optimization.json", "w"), indent=1)
