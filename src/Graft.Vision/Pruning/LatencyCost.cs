using System.Collections.Immutable;
using System.Diagnostics;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;

namespace Graft.Vision.Pruning;

/// <summary>
/// Milliseconds as a cost, measured on this machine on one thread: each step of the inference plan at several widths of each group that it touches, the others whole. What several groups do to one step multiplies:
/// t(a, b) = t t(a) t(b) / t^2. Vectors make time a staircase of the width, so that between measured widths, which are multiples of a vector, a line is drawn.
/// </summary>
internal sealed class LatencyCost
{
    // The fastest of so many: what else the machine does only adds.
    private const int Calls = 15;

    // Widths of a group, evenly spread.
    private const int Widths = 8;

    private readonly Network network;
    private readonly ChannelGroups groups;
    private readonly float[] image;
    private readonly CancellationToken cancellation;

    private LatencyCost(Network network, ChannelGroups groups, CancellationToken cancellation)
    {
        (this.network, this.groups, this.cancellation) = (network, groups, cancellation);
        NetworkInput input = network.Graph.Inputs[0];
        Philox random = new(0);
        image = [.. Enumerable.Range(0, input.Height * input.Width * input.Channels).Select(i => (float)((2 * random.Uniform((ulong)i)) - 1))];
    }

    /// <summary>Measures a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="progress">Told of each width.</param>
    /// <param name="cancellation">Stops it.</param>
    public static PruningCost Measure(Network network, ChannelGroups groups, IProgress<Completion>? progress, CancellationToken cancellation) => new LatencyCost(network, groups, cancellation).Measure(progress);

    /// <summary>The milliseconds of an image on one thread: the median of the calls of half a second.</summary>
    public static double MillisecondsOf(Network network, CancellationToken cancellation)
    {
        LatencyCost measured = new(network, ChannelGroups.Of(network.Graph), cancellation);
        using InferenceSession session = Plan(network).CreateSession();
        List<double> milliseconds = [];
        long start = Stopwatch.GetTimestamp();
        while (milliseconds.Count < Calls || Stopwatch.GetElapsedTime(start).TotalSeconds < 0.6)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = Stopwatch.GetTimestamp();
            session.Run(measured.image);
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > 0.1) milliseconds.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        milliseconds.Sort();
        return milliseconds[milliseconds.Count / 2];
    }

    private static InferencePlan Plan(Network network) => InferencePlan.Compile(network, new InferenceOptions { Threads = 1 });

    private PruningCost Measure(IProgress<Completion>? progress)
    {
        // Twice: the just-in-time compiler replaces its first, slow code.
        Timed(network);
        (InferencePlan plan, double[] whole) = Timed(network);
        int[][] touched = [.. plan.Steps.Select(step => Values(step).Select(value => groups.Groups.IndexOf(groups[value])).Distinct().Where(group => groups.Groups[group].Fixed is null && groups.Groups[group].Channels > ChannelChoice.Step).ToArray())];
        int[] prunable = [.. touched.SelectMany(of => of).Distinct().Order()];
        Dictionary<(int Step, int Group), List<(int Width, double Part)>> curves = [];
        foreach ((int done, int group) in prunable.Index())
        {
            progress?.Report(new Completion(done, prunable.Length));
            foreach (int width in WidthsOf(groups.Groups[group]))
            {
                double[] narrow = Timed(network.KeepingChannels(groups, new Dictionary<string, ImmutableArray<int>> { [groups.Groups[group].Name] = First(groups.Groups[group], width) })).Milliseconds;
                for (int step = 0; step < touched.Length; step++)
                {
                    if (!touched[step].Contains(group)) continue;
                    if (!curves.TryGetValue((step, group), out List<(int, double)>? curve)) curves.Add((step, group), curve = []);
                    curve.Add((width, narrow[step] / whole[step]));
                }
            }
        }

        progress?.Report(new Completion(prunable.Length, prunable.Length));
        return new PruningCost(groups.Groups.Length, touched.Select((of, step) => new PruningCost.Part(of, Of(whole[step], [.. of.Select(group => (group, Rising(curves[(step, group)], groups.Groups[group].Channels)))]))));
    }

    /// <summary>The time of a step, by the widths of all groups.</summary>
    private static Func<int[], double> Of(double whole, (int Group, (int Width, double Part)[] Curve)[] curves) => widths =>
    {
        double time = whole;
        foreach ((int group, (int Width, double Part)[] curve) in curves) time *= At(curve, widths[group]);
        return time;
    };

    /// <summary>The curve from narrow to wide, nowhere falling: what is narrower is no slower, whatever disturbed a measurement.</summary>
    private static (int Width, double Part)[] Rising(List<(int Width, double Part)> curve, int channels)
    {
        (int Width, double Part)[] points = [.. curve.OrderByDescending(point => point.Width).Prepend((channels, 1))];
        for (int i = 1; i < points.Length; i++) points[i].Part = Math.Min(points[i].Part, points[i - 1].Part);
        Array.Reverse(points);
        return points;
    }

    private static double At((int Width, double Part)[] curve, int width)
    {
        int above = Array.FindIndex(curve, point => point.Width >= width);
        if (above == 0) return curve[0].Part;
        (int Width, double Part) low = curve[above - 1], high = curve[above];
        return low.Part + ((high.Part - low.Part) * (width - low.Width) / (high.Width - low.Width));
    }

    private static int[] WidthsOf(ChannelGroup group)
    {
        int vector = group.Channels >= 4 * Vector ? Vector : ChannelChoice.Step;
        IEnumerable<int> widths = Enumerable.Range(1, Widths - 1).Select(i => group.Channels * i / Widths / vector * vector).Append(ChannelChoice.Step);
        return [.. widths.Where(width => width >= ChannelChoice.Step && width < group.Channels).Distinct().Order()];
    }

    /// <summary>The first channels of each kind.</summary>
    private static ImmutableArray<int> First(ChannelGroup group, int width)
    {
        int[] starts = [0, .. group.Splits];
        int each = width / starts.Length;
        HashSet<int> first = [.. starts.SelectMany(start => Enumerable.Range(start, Math.Max(1, each)))];
        return [.. first.Concat(Enumerable.Range(0, group.Channels).Where(channel => !first.Contains(channel))).Take(width).Order()];
    }

    private static IEnumerable<string> Values(InferenceStep step) => step.Inputs.Concat(step.Nodes.SelectMany(fused => (string[])[fused.Node.Name, fused.Output]));

    /// <summary>The least milliseconds of each step.</summary>
    private (InferencePlan Plan, double[] Milliseconds) Timed(Network timed)
    {
        InferencePlan plan = Plan(timed);
        using InferenceSession session = plan.CreateSession();
        long[] ticks = new long[plan.Steps.Length], least = new long[plan.Steps.Length];
        Array.Fill(least, long.MaxValue);
        for (int call = 0; call < Calls; call++)
        {
            cancellation.ThrowIfCancellationRequested();
            session.RunTimed(image, ticks);
            for (int i = 0; i < ticks.Length; i++) least[i] = Math.Min(least[i], ticks[i]);
        }

        return (plan, [.. least.Select(time => time * 1000.0 / Stopwatch.Frequency)]);
    }

    // Lanes of the widest vectors.
    private const int Vector = 16;
}
