using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Sequences and the class of each.</summary>
/// <param name="Sequences">Each [time, inputs]; lengths differ.</param>
/// <param name="Labels">The class of each sequence, from 0.</param>
public sealed record LabelledSequences(IReadOnlyList<Matrix> Sequences, IReadOnlyList<int> Labels);

/// <summary>
/// Reads the Japanese Vowels data set (UCI) from files that the user has: nine men say "ae", 12 cepstrum coefficients a step, 7 to 29 steps; the task is to
/// say who speaks.
/// </summary>
/// <remarks>Source: Kudo, Toyama, Shimbo, "Multidimensional curve classification using passing-through regions", Pattern Recognition Letters 20, 1999.</remarks>
public static class JapaneseVowels
{
    /// <summary>The speakers.</summary>
    public const int Speakers = 9;

    /// <summary>The coefficients a step.</summary>
    public const int Coefficients = 12;

    /// <summary>How many utterances of each speaker ae.train holds, in its order.</summary>
    public static IReadOnlyList<int> TrainUtterances { get; } = [30, 30, 30, 30, 30, 30, 30, 30, 30];

    /// <summary>How many utterances of each speaker ae.test holds, in its order.</summary>
    public static IReadOnlyList<int> TestUtterances { get; } = [31, 35, 88, 44, 29, 24, 40, 50, 29];

    /// <summary>Reads ae.train or ae.test; which of the two is seen by the number of utterances.</summary>
    /// <returns>Each sequence [time, 12]; labels are speakers, from 0.</returns>
    /// <exception cref="GraftException">The file is not one of the two.</exception>
    public static LabelledSequences Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using StreamReader reader = new(path);
        return Read(reader);
    }

    /// <summary>Reads text.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static LabelledSequences Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        List<Matrix> sequences = Utterances(reader);
        IReadOnlyList<int> counts = sequences.Count == TrainUtterances.Sum() ? TrainUtterances
            : sequences.Count == TestUtterances.Sum() ? TestUtterances
            : throw new GraftException(
                $"ae.train has {TrainUtterances.Sum()} utterances and ae.test {TestUtterances.Sum()}; this file has {sequences.Count}. Give the published files as they are.");
        return new(sequences, [.. counts.SelectMany((count, speaker) => Enumerable.Repeat(speaker, count))]);
    }

    // Utterances end with an empty line; a later release of the files has a line of ones there.
    private static List<Matrix> Utterances(TextReader reader)
    {
        List<Matrix> sequences = [];
        List<double> values = [];
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            double[] row = [.. words.Select(word => PlainNumber.Parse(word, line))];
            if (row.All(value => value == 1))
            {
                End();
                continue;
            }

            if (row.Length != Coefficients)
                throw new GraftException($"A line of Japanese Vowels has {Coefficients} coefficients; line {line} has {row.Length}. Give the published file as it is.");
            values.AddRange(row);
        }

        End();
        return sequences;

        void End()
        {
            if (values.Count > 0) sequences.Add(new Matrix(values.Count / Coefficients, Coefficients, [.. values]));
            values.Clear();
        }
    }
}
