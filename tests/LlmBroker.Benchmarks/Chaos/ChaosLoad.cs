namespace LlmBroker.Benchmarks.Chaos;

/// <summary>The requests of a run. Pure: seed and number give the request.</summary>
internal static class ChaosLoad
{
    private static readonly string[] Lanes = ["interactive", "standard", "standard", "bulk"];

    // The cue words send it to the cheap or the large model of the policy.
    private static readonly string[] Tasks =
    [
        "Translate into Spanish: the order has left our warehouse and should arrive within two working days.",
        "Summarize in one sentence: the committee met on Tuesday, heard two reports, and put off its decision until the figures are complete.",
        "Write a function in Python that merges two sorted lists, and explain its complexity step by step.",
        "Prove that the square root of two is irrational, and then solve 3x + 7 = 22 for x.",
    ];

    public static ChaosRequest Create(int seed, int number)
    {
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var model = random.Next(3) == 0 ? null : ChaosModel.All[random.Next(ChaosModel.All.Length)];
        var request = new ChaosRequest
        {
            Id = $"c{seed}-{number:d6}",
            Lane = Lanes[random.Next(Lanes.Length)],
            Model = model?.Name,
            Prompt = $"{Tasks[random.Next(Tasks.Length)]} ({number})",
            Pause = TimeSpan.FromSeconds(0.2 + random.NextDouble() * 3),
        };
        if (random.Next(100) < 18)
            request = request with { Prompt = $"{request.Prompt} {Draw(model, random).Text}" };
        if (random.Next(100) < 5)
            request = request with { AtMostOnce = true };
        return random.Next(1000) switch
        {
            < 40 => request with { Repetition = Repetition.AtOnce },
            < 70 => request with { Repetition = Repetition.Later },
            < 90 => request with { Repetition = Repetition.AfterReply },
            < 110 => request with { Repetition = Repetition.OtherBody },
            < 140 => request with { IsCancelled = true, Prompt = $"{request.Prompt} {ChaosMarker.Slow}" },
            < 160 => request with { Deadline = TimeSpan.FromSeconds(random.NextDouble() * 1.5) },
            < 170 => request with { Expiration = TimeSpan.FromMilliseconds(random.Next(1, 1000)) },
            // From below one call to a few of them.
            < 200 => request with { MaxCostUsd = Math.Round((decimal)random.NextDouble() * 0.02m, 6) },
            _ => request,
        };
    }

    private static ChaosMarker Draw(ChaosModel? model, Random random)
    {
        var markers = ChaosMarker.All.Where(marker => model is null || marker.IsFor(model)).ToArray();
        var at = random.Next(markers.Sum(marker => marker.Weight));
        foreach (var marker in markers)
        {
            if ((at -= marker.Weight) < 0)
                return marker;
        }

        throw new InvalidOperationException("The weights do not add up.");
    }
}
