using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>Options of <see cref="LeastMeanSquares"/>.</summary>
public sealed record LeastMeanSquaresOptions
{
    /// <summary>
    /// How far a sample moves the weights. Normalized: the part of its error that goes away, stable below 2. Not normalized: the factor on error times features, stable
    /// below 2 / (largest eigenvalue of the features' second moments).
    /// </summary>
    public double StepSize
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new GraftException($"A step size is a finite number above zero, not {value}.");
    } = 0.5;

    /// <summary>Divide each step by the features' squared length, so that their scale does not matter.</summary>
    public bool Normalized { get; init; } = true;

    /// <summary>What is added to the squared length where steps are normalized, so that features near 0 take no leap.</summary>
    public double Regularization
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new GraftException($"The regularization of a step is a finite number, 0 or above, not {value}.");
    } = 1e-8;

    /// <summary>The part of the weights that each sample makes forget, in [0, 1): keeps those that nothing excites from drifting.</summary>
    public double Leakage
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new GraftException($"The leakage of weights is at least 0 and below 1, not {value}.");
    }
}

/// <summary>Least mean squares: each sample moves the weights down the gradient of its own squared error, at 2 d multiply-adds an output.</summary>
/// <remarks>
/// Widrow and Hoff, "Adaptive switching circuits", WESCON 1960; normalized: Nagumo and Noda, IEEE Trans. Automatic Control 12, 1967. Slow where features are
/// correlated, as a reservoir's are: the number of samples grows with the condition number that <see cref="RecursiveLeastSquares"/> does not feel.
/// </remarks>
public sealed class LeastMeanSquares : IOnlineReadout
{
    private readonly LeastMeanSquaresOptions options;

    // [outputs, features].
    private readonly Matrix weights;
    private readonly double[] errors;

    /// <summary>Makes a learner with weights of zero.</summary>
    /// <param name="features">The number of features.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="options">Options; null for the defaults.</param>
    public LeastMeanSquares(int features, int outputs, LeastMeanSquaresOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        this.options = options ?? new LeastMeanSquaresOptions();
        weights = new Matrix(outputs, features);
        errors = new double[outputs];
    }

    /// <inheritdoc/>
    public int Features => weights.Columns;

    /// <inheritdoc/>
    public int Outputs => weights.Rows;

    /// <inheritdoc/>
    public LinearMap Map => new(weights.Transpose(), new double[Outputs]);

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<double> features, Span<double> outputs)
    {
        CheckSizes(features.Length, outputs.Length);
        for (int c = 0; c < outputs.Length; c++) outputs[c] = VectorMath.Dot(weights.Row(c), features);
    }

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<double> features, ReadOnlySpan<double> targets)
    {
        CheckSizes(features.Length, targets.Length);
        Finite.Check(features, "Least mean squares");
        Finite.Check(targets, "Least mean squares");
        Predict(features, errors);
        double step = options.Normalized ? options.StepSize / (options.Regularization + VectorMath.Dot(features, features)) : options.StepSize;
        if (!double.IsFinite(step)) return;
        for (int c = 0; c < Outputs; c++)
        {
            if (!double.IsFinite(errors[c]))
            {
                throw new GraftException(
                    $"The weights of least mean squares have diverged: output {c} is {errors[c]}. Choose a step size below {options.StepSize}, or normalize the steps.");
            }

            if (options.Leakage > 0) VectorMath.Scale(1 - options.Leakage, weights.Row(c));
            VectorMath.AddScaled(step * (targets[c] - errors[c]), features, weights.Row(c));
        }
    }

    private void CheckSizes(int features, int outputs)
    {
        if (features != Features || outputs != Outputs)
            throw new ArgumentException($"A sample has {Features} features and {Outputs} targets, not {features} and {outputs}.");
    }
}
