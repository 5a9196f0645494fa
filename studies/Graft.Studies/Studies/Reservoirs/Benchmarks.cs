using System.Collections.Immutable;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;
using Graft.Studies.Studies.Reservoirs.Tasks;

namespace Graft.Studies.Studies.Reservoirs;

/// <summary>The tasks that echo state networks are compared by, each with weights in rows of their own and in columns that rows share (<see cref="WeightLayout"/>).</summary>
internal sealed class Benchmarks : IStudy
{
    // Radii and scalings were tried out on the seeds below.
    private const ulong FirstSeed = 1000;

    private static readonly ImmutableArray<BenchmarkTask> Tasks = [new LorenzTask(), new MackeyGlassTask(), new MemoryTask(), new NarmaTask()];

    private sealed record Piece(BenchmarkTask Task, int Place, string Name, ReservoirOptions Reservoir, ulong Seed);

    /// <inheritdoc/>
    public string Name => "benchmarks";

    /// <inheritdoc/>
    public string Claim => "Weights in columns that 16 units share cost no accuracy on the tasks by which echo state networks are compared (Jaeger, Haas, Science 304, 2004; Pathak et al., Chaos 27, 2017; Jaeger, GMD report 152, 2002).";

    /// <inheritdoc/>
    public bool TakesImages => false;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        .. Tasks.Select(task => new Chart(task.Measure, task.Title, "", task.Label)
        {
            HasLines = false,
            XNames = task.Reservoirs.Select((reservoir, place) => (reservoir.Name, place)).ToDictionary(r => (double)r.place, r => r.Name),
        }),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        Piece[] pieces = [.. from task in Tasks
                             from reservoir in task.Reservoirs.Select((reservoir, place) => (reservoir.Name, reservoir.Reservoir, Place: place))
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(task, reservoir.Place, reservoir.Name, reservoir.Reservoir, FirstSeed + (ulong)seed)];
        IReadOnlyList<Row> rows = context.RunAll(pieces, piece => piece.Task.Cost, piece => Measure(piece, context));
        return
        [
            .. rows,
            .. from row in rows
               group row.Value by (row.Measure, row.X) into seeds
               select new Row(seeds.Key.Measure, $"median of {context.Seeds} seeds", seeds.Key.X, 0, Median([.. seeds.Order()])),
        ];
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyContext context)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        yield return new Row(piece.Task.Measure, "seeds", piece.Place, piece.Seed, piece.Task.Run(piece.Reservoir, piece.Seed, context.Quick));
        context.Advance(piece.Task.Cost);
    }

    private static double Median(double[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}
