using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>Options of <see cref="RecursiveLeastSquares"/>.</summary>
public sealed record RecursiveLeastSquaresOptions
{
    /// <summary>What a sample's weight is multiplied by when the next arrives, in (0, 1]. About 1 / (1 - factor) samples are remembered.</summary>
    public double ForgettingFactor
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new GraftException($"A forgetting factor is above 0 and at most 1, not {value}.");
    } = 1;

    /// <summary>The ridge penalty it starts from. It is forgotten along with the samples.</summary>
    public double Penalty
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new GraftException($"A penalty is a finite number above zero, not {value}.");
    } = 1e-3;

    /// <summary>How many threads work, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    public int Threads { get; init => field = WorkerPool.Checked(value); }
}

/// <summary>Least squares that learns from one sample, or a block of them, at a time.</summary>
/// <remarks>
/// <para>
/// Keeps the square root of the information matrix, not the covariance: R upper triangular with R^T R = sum_i f^(n-i) x_i x_i^T + f^n penalty I, and z with
/// R w = z. A sample is folded in by plane rotations (QR recursive least squares: Haykin, "Adaptive Filter Theory", 4th ed., chapter 14), which
/// can't lose positive definiteness, as the textbook update of the covariance does with forgetting. With a factor of 1 the weights are those of ridge
/// regression without an intercept; for one, append a feature that is always 1.
/// </para>
/// <para>One sample costs 3 d^2 multiply-adds; a block of at least d samples goes through a blocked QR, at matrix-product speed. Not safe for use from many threads.</para>
/// </remarks>
public sealed class RecursiveLeastSquares : IOnlineReadout
{
    private readonly double forgetting;
    private readonly WorkerPool pool;

    // [R | z], [inputs, inputs + outputs].
    private readonly Matrix state;
    private readonly double[] incoming;
    private Matrix? weights;

    /// <summary>Makes a learner with weights of zero.</summary>
    /// <param name="inputs">The number of features.</param>
    /// <param name="outputs">The number of targets.</param>
    /// <param name="options">Options; null for the defaults.</param>
    public RecursiveLeastSquares(int inputs, int outputs, RecursiveLeastSquaresOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        options ??= new RecursiveLeastSquaresOptions();
        (Inputs, Outputs, forgetting, pool) = (inputs, outputs, options.ForgettingFactor, WorkerPool.Shared(options.Threads));
        state = new Matrix(inputs, inputs + outputs);
        incoming = new double[inputs + outputs];
        for (int i = 0; i < inputs; i++) state[i, i] = Math.Sqrt(options.Penalty);
    }

    /// <summary>The number of features.</summary>
    public int Inputs { get; }

    /// <summary>The number of targets.</summary>
    public int Outputs { get; }

    /// <inheritdoc/>
    public LinearMap Map => new(Weights, new double[Outputs]);

    int IOnlineReadout.Features => Inputs;

    /// <summary>The weights for what was seen so far, [inputs, outputs]. Found when asked for, d^2 multiply-adds a target.</summary>
    /// <exception cref="GraftException">So much was forgotten without anything new that some direction has no information left.</exception>
    public Matrix Weights => (weights ??= Solve()).Transpose();

    /// <summary>Learns from one sample.</summary>
    /// <exception cref="ArgumentException">The sizes are not those given at the start.</exception>
    /// <exception cref="GraftException">A value is not finite; nothing was learned.</exception>
    public void Update(ReadOnlySpan<double> input, ReadOnlySpan<double> target)
    {
        if (input.Length != Inputs || target.Length != Outputs)
            throw new ArgumentException($"A sample has {Inputs} features and {Outputs} targets, not {input.Length} and {target.Length}.");
        Finite.Check(input, "Recursive least squares");
        Finite.Check(target, "Recursive least squares");
        Fold(input, target);
    }

    /// <summary>Learns from a block of samples, in their order.</summary>
    /// <param name="inputs">[samples, inputs].</param>
    /// <param name="targets">[samples, outputs].</param>
    /// <param name="cancellation">Stops between samples; what was learned stays.</param>
    /// <exception cref="ArgumentException">The sizes are not those given at the start.</exception>
    /// <exception cref="GraftException">A value is not finite; nothing was learned.</exception>
    public void Update(Matrix inputs, Matrix targets, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Columns != Inputs || targets.Columns != Outputs || inputs.Rows != targets.Rows)
        {
            throw new ArgumentException(
                $"A block has {Inputs} features and {Outputs} targets a sample; {inputs.Rows} x {inputs.Columns} and {targets.Rows} x {targets.Columns} do not fit.");
        }

        Finite.Check(inputs.Values, "Recursive least squares");
        Finite.Check(targets.Values, "Recursive least squares");

        int block = Math.Max(Inputs, 64), first = 0;
        for (; inputs.Rows - first >= block; first += block)
        {
            cancellation.ThrowIfCancellationRequested();
            FoldBlock(inputs, targets, first, block);
        }

        for (; first < inputs.Rows; first++)
        {
            cancellation.ThrowIfCancellationRequested();
            Fold(inputs.Row(first), targets.Row(first));
        }
    }

    /// <summary>The outputs for an input.</summary>
    public double[] Predict(ReadOnlySpan<double> input)
    {
        if (input.Length != Inputs) throw new ArgumentException($"A sample has {Inputs} features, not {input.Length}.", nameof(input));

        double[] output = new double[Outputs];
        Predict(input, output);
        return output;
    }

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<double> features, Span<double> outputs)
    {
        if (features.Length != Inputs || outputs.Length != Outputs)
            throw new ArgumentException($"A sample has {Inputs} features and {Outputs} targets, not {features.Length} and {outputs.Length}.");

        Matrix current = weights ??= Solve();
        for (int c = 0; c < Outputs; c++) outputs[c] = VectorMath.Dot(current.Row(c), features);
    }

    // [outputs, inputs].
    private Matrix Solve()
    {
        for (int i = 0; i < Inputs; i++)
        {
            if (state[i, i] == 0)
                throw new GraftException($"Feature {i} has no information left: it was forgotten and nothing new came. Raise the forgetting factor, or drop the feature.");
        }

        Matrix solution = new(Outputs, Inputs);
        for (int c = 0; c < Outputs; c++)
        {
            Span<double> x = solution.Row(c);
            for (int i = Inputs - 1; i >= 0; i--)
            {
                Span<double> row = state.Row(i);
                x[i] = (row[Inputs + c] - VectorMath.Dot(row[(i + 1)..Inputs], x[(i + 1)..])) / row[i];
            }
        }

        return solution;
    }

    private void Fold(ReadOnlySpan<double> input, ReadOnlySpan<double> target)
    {
        weights = null;
        input.CopyTo(incoming);
        target.CopyTo(incoming.AsSpan(Inputs));
        if (forgetting < 1) VectorMath.Scale(Math.Sqrt(forgetting), state.Values);
        for (int i = 0; i < Inputs; i++)
        {
            if (incoming[i] == 0) continue;
            Span<double> row = state.Row(i)[i..], rest = incoming.AsSpan(i);
            double length = double.Hypot(row[0], rest[0]);
            VectorMath.Rotate(row[0] / length, -rest[0] / length, row, rest);
            (row[0], rest[0]) = (length, 0);
        }
    }

    private void FoldBlock(Matrix inputs, Matrix targets, int first, int count)
    {
        weights = null;
        double root = Math.Sqrt(forgetting);
        Matrix stacked = new(Inputs + count, Inputs + Outputs);
        state.Values.CopyTo(stacked.Values);
        VectorMath.Scale(Math.Pow(root, count), stacked.Values[..state.Values.Length]);
        for (int i = 0; i < count; i++)
        {
            Span<double> row = stacked.Row(Inputs + i);
            inputs.Row(first + i).CopyTo(row);
            targets.Row(first + i).CopyTo(row[Inputs..]);
            VectorMath.Scale(Math.Pow(root, count - 1 - i), row);
        }

        Matrix upper = QR.Upper(stacked, Inputs, pool);
        for (int i = 0; i < Inputs; i++)
        {
            // Rotations keep the diagonal positive; reflectors may not.
            Span<double> row = upper.Row(i);
            if (row[i] < 0) VectorMath.Scale(-1, row);
            row.CopyTo(state.Row(i));
        }
    }
}
