using System.Collections.ObjectModel;
using Graft.Kernels.Elementwise;
using Graft.Tensors;
using Graft.Threads;

namespace Graft.Training.Optimizers;

/// <summary>Changes weights by their gradients. The same steps give the same bits on any number of threads.</summary>
public abstract class Optimizer
{
    private static readonly Chunk MeasureChunk = static (state, chunk, _) => ((Optimizer)state).Measure(chunk);

    private readonly double? limit;
    private readonly WorkerPool pool;
    private readonly double[] squares;
    private readonly Dictionary<string, Tensor> state = [];

    private protected Optimizer(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, int threads)
    {
        Groups = new ReadOnlyCollection<ParameterGroup>([.. groups]);
        List<TrainedWeight> weights = [];
        List<ParameterGroup> groupOf = [];
        HashSet<string> names = [];
        foreach (ParameterGroup group in groups)
        {
            foreach (TrainedWeight weight in group.Weights)
            {
                if (!names.Add(weight.Name)) throw new GraftException($"The weight '{weight.Name}' is in two groups, so it would be changed twice. Put it into one.");
                weights.Add(weight);
                groupOf.Add(group);
            }
        }

        (Weights, GroupOf) = ([.. weights], [.. groupOf]);
        Chunks = new(Weights.Select(weight => (int)weight.Value.Shape.Count));
        squares = new double[Chunks.Pieces.Length];
        limit = options.GradientLimit;
        pool = WorkerPool.Shared(threads);
        State = new ReadOnlyDictionary<string, Tensor>(state);
    }

    /// <summary>What it changes.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// What it remembers from step to step, by the weight's name and PyTorch's name of the state, for example <c>classifier.weight.exp_avg</c>. With
    /// <see cref="Steps"/> it is all that <see cref="Restore"/> needs. The tensors change with every step.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    private protected TrainedWeight[] Weights { get; }

    private protected ParameterGroup[] GroupOf { get; }

    private protected WeightChunks Chunks { get; }

    /// <summary>The learning rate of the step in progress.</summary>
    private protected double Rate { get; private set; }

    /// <summary>What the gradients are multiplied by in the step in progress.</summary>
    private protected float GradientScale { get; private set; }

    /// <summary>Whether the step in progress leaves the gradients zero.</summary>
    private protected bool Clear { get; private set; }

    /// <summary>Changes every weight once.</summary>
    /// <param name="learningRate">The learning rate; each group has its own multiple of it.</param>
    /// <param name="clearGradients">Whether the gradients are zero afterwards, which costs less here than later.</param>
    /// <returns>
    /// The length of the gradient before it was limited, null where there is no <see cref="OptimizerOptions.GradientLimit"/>. When it is not finite the step is not
    /// taken: weights, state and gradients stay as they were.
    /// </returns>
    /// <exception cref="GraftException">The learning rate is not a finite number of at least zero.</exception>
    public double? Step(double learningRate, bool clearGradients = true)
    {
        if (!(learningRate >= 0) || !double.IsFinite(learningRate))
            throw new GraftException($"A learning rate is a finite number of at least zero, not {learningRate}.");
        double? norm = null;
        double scale = 1;
        if (limit is double longest)
        {
            norm = GradientNorm();
            if (!double.IsFinite(norm.Value)) return norm;
            scale = Math.Min(1, longest / (norm.Value + 1e-6));
        }

        (Rate, GradientScale, Clear) = (learningRate, (float)scale, clearGradients);
        Steps++;
        Update();
        return norm;
    }

    /// <summary>The length of the gradient of all weights together, summed in float64.</summary>
    public double GradientNorm()
    {
        Run(MeasureChunk);
        double sum = 0;
        foreach (double square in squares) sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>Goes back to a state that was saved: the next steps have the bits that they would have had.</summary>
    /// <param name="saved">The tensors of <see cref="State"/>, which are copied.</param>
    /// <param name="steps">The value of <see cref="Steps"/>.</param>
    /// <exception cref="GraftException">A tensor is missing, unknown, or has another shape.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved, long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        SavedTensors.Copy(saved, state, $"{GetType().Name} optimizer");
        Steps = steps;
    }

    /// <summary>Takes the step.</summary>
    private protected abstract void Update();

    private protected void Run(Chunk chunk) => pool.Run(Chunks.Count, chunk, this);

    /// <summary>A tensor of zeros for each weight, which becomes part of the state.</summary>
    private protected Tensor[] Remember(string name)
    {
        Tensor[] tensors = new Tensor[Weights.Length];
        for (int i = 0; i < tensors.Length; i++) state.Add($"{Weights[i].Name}.{name}", tensors[i] = new Tensor(Weights[i].Value.Shape));
        return tensors;
    }

    private unsafe void Measure(int chunk)
    {
        (int start, int count) = Chunks[chunk].GetOffsetAndLength(squares.Length);
        for (int i = start; i < start + count; i++)
        {
            Piece piece = Chunks.Pieces[i];
            squares[i] = SumOfSquaresKernel.Run(piece.Count, Weights[piece.Tensor].Gradient.Pointer + piece.Start);
        }
    }
}
