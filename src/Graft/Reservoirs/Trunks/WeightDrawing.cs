using Graft.Numerics;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>Draws the weights of a reservoir. Each kind has a stream of random numbers of its own, so that one option changes one kind.</summary>
internal static class WeightDrawing
{
    /// <summary>Streams of random numbers under a reservoir's seed.</summary>
    internal enum Stream : ulong
    {
        Values = 1,
        Columns,
        Rotation,
        Inputs,
        InputColumns,
        Feedback,
        Biases,
        LeakRates,
        StateNoise,
        FeedbackNoise,
        Parts,
    }

    public static Philox Random(ulong seed, Stream stream, ulong part = 0) => new(seed, (ulong)stream | (part << 8));

    public static ReservoirWeights Draw(ReservoirOptions options, int inputs, int outputs, WorkerPool pool)
    {
        if (options.InputScalings is not null && options.InputScalings.Count != inputs)
            throw new GraftException($"InputScalings has {options.InputScalings.Count} numbers for {inputs} inputs. Give one for each input, or InputScaling for all.");
        if (options.Proximity is not null && (options.LeakRate != 1 || options.LeakRateTo is not null))
            throw new GraftException($"Proximity makes an edge-of-stability reservoir, whose units have no leak; LeakRate is {options.LeakRate}{(options.LeakRateTo is double to ? $" to {to}" : "")}. Leave one of the two out.");

        int units = options.Units;
        double[] scalings = new double[inputs];
        for (int k = 0; k < inputs; k++) scalings[k] = options.InputScalings?[k] ?? options.InputScaling;
        Matrix input = Dense(options, Stream.Inputs, units, inputs, scalings);
        Thin(options, input);
        double[] feedback = new double[outputs];
        Array.Fill(feedback, options.FeedbackScaling);
        return new ReservoirWeights
        {
            Recurrent = Topologies.Draw(options, pool),
            Input = input,
            Feedback = Dense(options, Stream.Feedback, units, outputs, feedback),
            Bias = Dense(options, Stream.Biases, units, 1, [options.BiasScaling]).Values.ToArray(),
            LeakRates = Rates(options),
            Rotation = options.Proximity is null ? null : options.Rotation == RotationKind.Cycle ? Topologies.Ring(units, 1, closed: true) : Topologies.Orthogonal(units, options.Seed, Stream.Rotation, 1, pool),
        };
    }

    /// <summary>The options of one of several reservoirs, with a seed of its own; those of the first as they are.</summary>
    public static ReservoirOptions Part(ReservoirOptions options, int part) =>
        part == 0 ? options : options with { Seed = Random(options.Seed, Stream.Parts).Bits((ulong)part) };

    /// <summary>A weight of 21 significant bits: with more, a random number is worth no more, and the update reads more memory.</summary>
    public static double Round(double value) => UpperHalf.Round(value);

    public static double Value(Philox random, ulong counter, WeightDistribution distribution) => distribution switch
    {
        WeightDistribution.Uniform => (2 * random.Uniform(counter)) - 1,
        WeightDistribution.Normal => random.Normal(counter),
        _ => (random.Bits(counter) & 1) == 0 ? -1 : 1,
    };

    private static Matrix Dense(ReservoirOptions options, Stream stream, int units, int columns, double[] scalings)
    {
        Philox random = Random(options.Seed, stream);
        Matrix weights = new(units, columns);
        for (int i = 0; i < weights.Values.Length; i++)
            weights.Values[i] = Round(scalings[i % columns] * Value(random, (ulong)i, options.InputDistribution));
        return weights;
    }

    /// <summary>Leaves each unit a part of its inputs.</summary>
    private static void Thin(ReservoirOptions options, Matrix input)
    {
        int kept = (int)Math.Round(options.InputDensity * input.Columns);
        if (options.InputDensity >= 1 || kept >= input.Columns) return;
        int[] order = [.. Enumerable.Range(0, input.Columns)];
        for (int i = 0; i < input.Rows; i++)
        {
            Random(options.Seed, Stream.InputColumns, (ulong)i).Shuffle<int>(order);
            foreach (int column in order.AsSpan(Math.Max(1, kept))) input[i, column] = 0;
        }
    }

    private static double[] Rates(ReservoirOptions options)
    {
        double[] rates = new double[options.Units];
        Array.Fill(rates, options.Proximity ?? options.LeakRate);
        if (options.LeakRateTo is not double to) return rates;
        Philox random = Random(options.Seed, Stream.LeakRates);
        for (int i = 0; i < rates.Length; i++) rates[i] = options.LeakRate * Math.Pow(to / options.LeakRate, random.Uniform((ulong)i));
        return rates;
    }
}
