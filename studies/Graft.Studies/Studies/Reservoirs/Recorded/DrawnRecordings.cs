using Graft.Numerics;
using Graft.Reservoirs.Series;

namespace Graft.Studies.Studies.Reservoirs.Recorded;

/// <summary>Stands in for the recordings where only the working of the study is to be shown.</summary>
internal static class DrawnRecordings
{
    private const int Classes = 3, Utterances = 10, Inputs = 2;

    /// <summary>Noisy sines of a frequency for each class, of different lengths.</summary>
    public static LabelledSequences Vowels(ulong seed)
    {
        List<Matrix> sequences = [];
        for (int i = 0; i < Classes * Utterances; i++)
        {
            Philox random = new(seed, (ulong)i);
            Matrix sequence = new(8 + random.Index(0, 12), Inputs);
            for (int t = 0; t < sequence.Rows; t++)
            {
                for (int c = 0; c < Inputs; c++) sequence[t, c] = Math.Sin((0.3 + (0.2 * (i / Utterances))) * (t + c)) + (0.5 * random.Normal((ulong)((Inputs * t) + c) + 1));
            }

            sequences.Add(sequence);
        }

        return new LabelledSequences(sequences, [.. Enumerable.Range(0, Classes * Utterances).Select(i => i / Utterances)]);
    }

    /// <summary>The intensity of a laser by Haken's equations, which are Lorenz': the square of the field.</summary>
    public static Matrix Laser(int steps)
    {
        Matrix states = Lorenz63.Generate(steps, new() { Step = 0.05 });
        return new Matrix(steps, 1, [.. Enumerable.Range(0, steps).Select(t => states[t, 0] * states[t, 0])]);
    }
}
