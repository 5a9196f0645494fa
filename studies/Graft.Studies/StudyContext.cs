using System.Collections.Concurrent;
using Graft.Formats;
using Graft.Models;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Training;

namespace Graft.Studies;

/// <summary>What a study is run with.</summary>
/// <param name="source">Gives out the images.</param>
/// <param name="progress">Is told how far the study has come.</param>
/// <param name="cancellation">Stops the study between steps.</param>
internal sealed class StudyContext(StudyImages source, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
{
    private readonly ConcurrentDictionary<int, StudyData> loaded = [];
    private readonly Lock gate = new();
    private long done, total;
    private int calls;

    /// <summary>How many seeds each setting is trained with: seeds 0, 1, ...</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Whether to do the least that shows that everything works: a few steps on small images.</summary>
    public bool Quick { get; init; }

    /// <summary>What trainings keep between layers.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>How many trainings run at the same time, on a thread each: what small networks gain most from.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The folder that the images are in.</summary>
    public string Folder => source.Place;

    /// <summary>Loads the trunk that a study starts from which is about one.</summary>
    public Func<Model> Trunk { get; init; } = () => BuiltinTrunks.Load();

    /// <summary>The trunks that a study compares which is about several.</summary>
    public IReadOnlyList<StudiedTrunk> Trunks { get; init; } = [new("plain", BuiltinTrunks.Usual, () => BuiltinTrunks.Load())];

    /// <summary>The files of recorded series, for a study that is about them.</summary>
    public Recordings Recordings { get; init; } = new(null, null);

    /// <summary>Keeps what was measured, piece by piece; null keeps nothing.</summary>
    public PartFile? Parts { get; init; }

    /// <summary>Stops the study between steps.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>The images, resized to a side; decoded once.</summary>
    /// <param name="side">Pixels.</param>
    public StudyData Load(int side)
    {
        lock (source) return loaded.GetOrAdd(side, s => source.Load(s, cancellation));
    }

    /// <summary>Does pieces of work, several at a time, and gives out their rows in the order of the pieces.</summary>
    /// <typeparam name="T">What a piece is.</typeparam>
    /// <param name="pieces">The pieces; the long ones first, so that the end is not waited for.</param>
    /// <param name="cost">How many images a piece will tell <see cref="Advance"/> about.</param>
    /// <param name="run">Does a piece on one thread.</param>
    /// <param name="name">What a piece is kept by; by default its number, where pieces follow from the study's settings.</param>
    public IReadOnlyList<Row> RunAll<T>(IReadOnlyList<T> pieces, Func<T, double> cost, Func<T, IEnumerable<Row>> run, Func<T, string>? name = null)
    {
        int call = calls++;
        lock (gate) total += (long)pieces.Sum(cost);
        Row[][] rows = new Row[pieces.Count][];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Threads, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(Partitioner.Create(Enumerable.Range(0, pieces.Count), EnumerablePartitionerOptions.NoBuffering), options, i => rows[i] = Measured(i));
        }
        catch (AggregateException e) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The study was interrupted.", e, cancellation);
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0] is GraftException first ? new GraftException(first.Message, e) : e;
        }

        return [.. rows.SelectMany(part => part)];

        Row[] Measured(int i)
        {
            string piece = $"{call}: {name?.Invoke(pieces[i]) ?? $"{i} of {pieces.Count}"}";
            if (Parts?.Find(piece) is { } kept)
            {
                Advance((long)cost(pieces[i]));
                return [.. kept];
            }

            Row[] measured = [.. run(pieces[i])];
            Parts?.Add(piece, measured);
            return measured;
        }
    }

    /// <summary>Counts images that were looked at.</summary>
    public void Advance(long images)
    {
        lock (gate)
        {
            done += images;
            progress?.Report(new Completion(Math.Min(done, total), total));
        }
    }
}

/// <summary>A trunk that a study compares with others.</summary>
/// <param name="Name">What it is called in tables and plots.</param>
/// <param name="Source">Its file, or the name of one that comes with Graft.</param>
/// <param name="Load">Loads it.</param>
internal sealed record StudiedTrunk(string Name, string Source, Func<Model> Load);
