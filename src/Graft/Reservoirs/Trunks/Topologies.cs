using Graft.Numerics;
using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>Draws recurrent weights.</summary>
internal static class Topologies
{
    /// <summary>How many rows share their columns.</summary>
    public const int Group = 16;

    // With 40 connections a unit, shared columns cost a reservoir of 100 units 4 % of its linear memory; with 64 and more nothing was lost on any task tried.
    private const int SharedFrom = 64;

    public static SparseMatrix Draw(ReservoirOptions options, WorkerPool pool)
    {
        int units = options.Units;
        switch (options.Topology)
        {
            case ReservoirTopology.Orthogonal:
                return Orthogonal(units, options.Seed, WeightDrawing.Stream.Values, options.SpectralRadius, pool);
            case ReservoirTopology.Cycle:
                return Ring(units, options.SpectralRadius, closed: true);
            case ReservoirTopology.DelayLine:
                return Ring(units, options.SpectralRadius, closed: false);
            case ReservoirTopology.CycleWithJumps:
                return Spectrum.Scale(Jumps(options), options, pool);
            case ReservoirTopology.SmallWorld:
                return Spectrum.Scale(Valued(options, SmallWorld(options)), options, pool);
            default:
                return Spectrum.Scale(Valued(options, RandomColumns(options)), options, pool);
        }
    }

    /// <summary>Unit i reads unit i - 1.</summary>
    public static SparseMatrix Ring(int units, double weight, bool closed)
    {
        SortedSet<int>[] columns = new SortedSet<int>[units];
        for (int i = 0; i < units; i++) columns[i] = i > 0 ? [i - 1] : closed ? [units - 1] : [];
        return Build(columns, (_, _) => weight);
    }

    /// <summary>A random orthogonal matrix times a weight: Q of the QR of a normal matrix with signs that make it uniform (Mezzadri 2007, Notices of the AMS 54).</summary>
    public static SparseMatrix Orthogonal(int units, ulong seed, WeightDrawing.Stream stream, double weight, WorkerPool pool)
    {
        Philox random = WeightDrawing.Random(seed, stream);
        Matrix normal = new(units, units);
        for (int i = 0; i < normal.Values.Length; i++) normal.Values[i] = random.Normal((ulong)i);
        QR qr = QR.Factor(normal, pool);
        Matrix q = qr.Q(), r = qr.R();
        int[] starts = new int[units + 1], columns = new int[units * units];
        double[] values = new double[units * units];
        for (int i = 0; i < units; i++)
        {
            starts[i + 1] = (i + 1) * units;
            for (int j = 0; j < units; j++)
                (columns[(i * units) + j], values[(i * units) + j]) = (j, WeightDrawing.Round(q[i, j] * (r[j, j] < 0 ? -weight : weight)));
        }

        return new SparseMatrix(units, units, starts, columns, values);
    }

    /// <summary>A ring of weight 1 with jumps both ways, from unit 0 on (Rodan, Tino 2012, section 3).</summary>
    private static SparseMatrix Jumps(ReservoirOptions options)
    {
        int units = options.Units, jump = options.Jump;
        if (jump >= units) throw new GraftException($"A jump of {jump} units does not fit a cycle of {units}. Shorten the jump or add units.");
        SortedDictionary<int, double>[] weights = new SortedDictionary<int, double>[units];
        for (int i = 0; i < units; i++) weights[i] = new() { [(i + units - 1) % units] = 1 };
        for (int i = 0; i + jump <= units; i += jump)
        {
            int j = (i + jump) % units;
            weights[i][j] = weights[j][i] = options.JumpWeight;
        }

        return Build([.. weights.Select(row => new SortedSet<int>(row.Keys))], (i, j) => weights[i][j]);
    }

    private static SortedSet<int>[] SmallWorld(ReservoirOptions options)
    {
        int units = options.Units, half = options.Neighbors / 2;
        if (options.Neighbors >= units)
            throw new GraftException($"A small world of {units} units can't have {options.Neighbors} neighbours a unit. Lower Neighbors or add units.");
        SortedSet<int>[] columns = new SortedSet<int>[units];
        for (int i = 0; i < units; i++)
        {
            columns[i] = [];
            for (int d = 1; d <= half; d++)
            {
                columns[i].Add((i + d) % units);
                columns[i].Add((i + units - d) % units);
            }
        }

        Philox random = WeightDrawing.Random(options.Seed, WeightDrawing.Stream.Columns);
        for (int i = 0; i < units; i++)
        {
            for (int d = -half; d <= half; d++)
            {
                ulong counter = (((ulong)i * (ulong)((2 * half) + 1)) + (ulong)(d + half)) * 64;
                if (d == 0 || random.Uniform(counter) >= options.Rewiring) continue;

                // A few tries find a free unit unless nearly all are taken; then the connection stays.
                for (ulong attempt = 1; attempt < 64; attempt++)
                {
                    int to = random.Index(counter + attempt, units);
                    if (to == i || !columns[i].Add(to)) continue;
                    columns[i].Remove((i + units + d) % units);
                    break;
                }
            }
        }

        return columns;
    }

    private static SortedSet<int>[] RandomColumns(ReservoirOptions options)
    {
        int units = options.Units;
        int connections = options.Density is double density ? Math.Max(1, (int)Math.Round(density * units)) : Math.Min(options.Connections, units);
        bool shared = options.Layout == WeightLayout.SharedColumns || (options.Layout == WeightLayout.Automatic && connections >= SharedFrom);
        return shared ? SharedColumns(options.Seed, units, connections) : OwnColumns(options.Seed, units, connections);
    }

    private static SortedSet<int>[] OwnColumns(ulong seed, int units, int connections)
    {
        SortedSet<int>[] columns = new SortedSet<int>[units];
        int[] order = [.. Enumerable.Range(0, units)];
        for (int i = 0; i < units; i++)
        {
            Philox random = WeightDrawing.Random(seed, WeightDrawing.Stream.Columns, (ulong)i);
            columns[i] = [];
            for (int k = 0; k < connections; k++)
            {
                int other = k + random.Index((ulong)k, units - k);
                (order[k], order[other]) = (order[other], order[k]);
                columns[i].Add(order[k]);
            }
        }

        return columns;
    }

    /// <summary>Groups deal out the units in one random order after another, so that all are read equally often; drawn freely, many would be read by no group at all.</summary>
    private static SortedSet<int>[] SharedColumns(ulong seed, int units, int connections)
    {
        SortedSet<int>[] columns = new SortedSet<int>[units];
        int[] order = [.. Enumerable.Range(0, units)];
        List<int> late = [];
        int dealt = units;
        ulong round = 0;
        for (int first = 0; first < units; first += Group)
        {
            SortedSet<int> group = [.. late.Take(connections)];
            late.RemoveRange(0, group.Count);
            while (group.Count < connections)
            {
                if (dealt == units)
                {
                    WeightDrawing.Random(seed, WeightDrawing.Stream.Columns, round++).Shuffle<int>(order);
                    dealt = 0;
                }

                // What the group has from the order before waits for the next group.
                int unit = order[dealt++];
                if (!group.Add(unit)) late.Add(unit);
            }

            for (int i = first; i < Math.Min(first + Group, units); i++) columns[i] = group;
        }

        return columns;
    }

    private static SparseMatrix Valued(ReservoirOptions options, SortedSet<int>[] columns)
    {
        Philox random = WeightDrawing.Random(options.Seed, WeightDrawing.Stream.Values);
        return Build(columns, (i, j) => WeightDrawing.Value(random, ((ulong)i * (ulong)options.Units) + (ulong)j, options.Distribution));
    }

    private static SparseMatrix Build(SortedSet<int>[] columns, Func<int, int, double> weight)
    {
        int units = columns.Length;
        int[] starts = new int[units + 1];
        for (int i = 0; i < units; i++) starts[i + 1] = checked(starts[i] + columns[i].Count);
        int[] indices = new int[starts[units]];
        double[] values = new double[starts[units]];
        for (int i = 0, k = 0; i < units; i++)
        {
            foreach (int j in columns[i]) (indices[k], values[k++]) = (j, WeightDrawing.Round(weight(i, j)));
        }

        return new SparseMatrix(units, units, starts, indices, values);
    }
}
