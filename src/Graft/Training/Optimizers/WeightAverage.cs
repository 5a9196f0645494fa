using System.Collections.ObjectModel;
using Graft.Kernels.Optimizers;
using Graft.Networks;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training.Optimizers;

/// <summary>Options of <see cref="WeightAverage"/>.</summary>
public sealed record WeightAverageOptions
{
    /// <summary>g: the larger, the longer the average follows quickly.</summary>
    public double WarmUp
    {
        get;
        init => field = value > 0 && double.IsFinite(value)
            ? value
            : throw new GraftException($"The warm-up of an average is a finite number above zero, not {value}.");
    } = 1;

    /// <summary>The decay never rises above this.</summary>
    public double LargestDecay
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new GraftException($"The largest decay of an average is at least 0 and below 1, not {value}.");
    } = 0.9999;

    /// <summary>The decay of update t, from 0: 1 - (1 + t / g)^(-2/3), at most <see cref="LargestDecay"/>.</summary>
    public double Decay(long t) => Math.Min(1 - Math.Pow(1 + (t / WarmUp), -2.0 / 3), LargestDecay);
}

/// <summary>
/// The exponential moving average of tensors, weights and buffers alike: average = average + (1 - decay(t)) (value - average). The first update copies. An average of the weights of late
/// steps is often better than the weights themselves (Polyak and Juditsky 1992).
/// </summary>
public sealed class WeightAverage
{
    private static readonly Chunk UpdateChunk = static (state, chunk, _) => ((WeightAverage)state).Update(chunk);

    private readonly WeightAverageOptions options;
    private readonly Tensor[] values, averages;
    private readonly Dictionary<string, Tensor> byName;
    private readonly WeightChunks chunks;
    private readonly WorkerPool pool;
    private double part;

    /// <summary>Begins with a copy of all that a training changes: the weights of a plan, and its statistics.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor. The results do not depend on it.</param>
    public WeightAverage(TrainingPlan plan, WeightAverageOptions? options = null, int threads = 0)
        : this(plan.Changing, options, threads)
    {
    }

    /// <summary>Begins with a copy of the tensors.</summary>
    /// <param name="tensors">What is averaged, by name; the tensors are kept and read at each update.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor. The results do not depend on it.</param>
    public WeightAverage(IEnumerable<KeyValuePair<string, Tensor>> tensors, WeightAverageOptions? options = null, int threads = 0)
    {
        this.options = options ?? new WeightAverageOptions();
        KeyValuePair<string, Tensor>[] list = [.. tensors];
        values = [.. list.Select(pair => pair.Value)];
        averages = [.. values.Select(value => new Tensor(value.Shape, value.Span))];
        byName = new(list.Length);
        for (int i = 0; i < list.Length; i++) byName.Add(list[i].Key, averages[i]);
        chunks = new(values.Select(value => (int)value.Shape.Count));
        pool = WorkerPool.Shared(threads);
        Averages = new ReadOnlyDictionary<string, Tensor>(byName);
    }

    /// <summary>The averages by name. They change with every update.</summary>
    public IReadOnlyDictionary<string, Tensor> Averages { get; }

    /// <summary>The number of updates; with <see cref="Averages"/> all that <see cref="Restore"/> needs.</summary>
    public long Updates { get; private set; }

    /// <summary>Takes in the present values.</summary>
    public void Update()
    {
        part = 1 - options.Decay(Updates);
        pool.Run(chunks.Count, UpdateChunk, this);
        Updates++;
    }

    /// <summary>Goes back to a state that was saved.</summary>
    /// <param name="saved">The tensors of <see cref="Averages"/>, which are copied.</param>
    /// <param name="updates">The value of <see cref="Updates"/>.</param>
    /// <exception cref="GraftException">A tensor is missing, unknown, or has another shape.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved, long updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        SavedTensors.Copy(saved, byName, "average");
        Updates = updates;
    }

    /// <summary>A network in which the averages take the place of the weights and buffers of their names; the others are shared.</summary>
    /// <param name="network">A network that has them.</param>
    /// <exception cref="NetworkException">It has no weight of a name, or one of another shape.</exception>
    public Network ToNetwork(Network network)
    {
        Dictionary<string, Tensor> weights = new(network.Weights);
        foreach ((string name, Tensor average) in byName) weights[name] = new Tensor(average.Shape, average.Span);
        return new Network(network.Graph, weights);
    }

    private unsafe void Update(int chunk)
    {
        foreach (Piece piece in chunks.Pieces[chunks[chunk]])
        {
            Tensor value = values[piece.Tensor], average = averages[piece.Tensor];

            // y + 1 (x - y) is not x in floating point.
            if (part == 1) value.Span.Slice(piece.Start, piece.Count).CopyTo(average.Span.Slice(piece.Start, piece.Count));
            else AverageKernel.Run(piece.Count, (float)part, value.Pointer + piece.Start, average.Pointer + piece.Start);
        }
    }
}
