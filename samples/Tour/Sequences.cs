using Graft.Numerics;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Tasks;

namespace Tour;

internal static class Sequences
{
    public static void Run()
    {
        LabelledSequences known = Windows(seed: 1), others = Windows(seed: 2);
        SequenceClassifier classifier = SequenceClassifier.Fit(known.Sequences, known.Labels, new() { Pooling = SequencePooling.Mean });
        int[] classes = classifier.Classify(others.Sequences);
        Console.WriteLine($"{classes.Zip(others.Labels).Count(pair => pair.First == pair.Second)} of {classes.Length} right");

        Matrix series = MackeyGlass.Generate(3000);
        Random noise = new(1);
        foreach (ref double value in series.Values) value += 0.02 * noise.NextDouble();
        AnomalyDetector detector = AnomalyDetector.Fit(series.Slice(0, 2500));
        Matrix today = series.Slice(2500, 500);
        today[300, 0] += 0.2;
        (AnomalyScores scores, AnomalyDetector next) = detector.Observe(today);      // next goes on with tomorrow's rows
        int worst = scores.Scores.IndexOf(scores.Scores.Max());
        Console.WriteLine($"row {worst}: {scores.Scores[worst]:0.0} times the usual error, {(scores.IsAnomaly[worst] ? "an anomaly" : "normal")}");
    }

    // Two systems that look alike, in windows of 80 steps.
    private static LabelledSequences Windows(ulong seed)
    {
        Matrix[] systems = [MackeyGlass.Generate(3200, new() { Tau = 17, Seed = seed }), MackeyGlass.Generate(3200, new() { Tau = 20, Seed = seed })];
        return new([.. systems.SelectMany(system => Enumerable.Range(0, 40).Select(i => system.Slice(80 * i, 80)))], [.. systems.SelectMany((_, label) => Enumerable.Repeat(label, 40))]);
    }
}
