using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>A trained linear readout in float64: outputs = features weights + bias.</summary>
/// <param name="Weights">The weights, [features, outputs].</param>
/// <param name="Bias">The bias, one value an output.</param>
public sealed record LinearMap(Matrix Weights, double[] Bias)
{
    /// <summary>The number of features it reads.</summary>
    public int Features => Weights.Rows;

    /// <summary>The number of outputs.</summary>
    public int Outputs => Bias.Length;

    /// <summary>The outputs for each row of features.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <returns>[rows, outputs].</returns>
    /// <exception cref="ArgumentException">The rows do not have that many features.</exception>
    public Matrix Apply(Matrix features, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Apply(features.Operand, WorkerPool.Shared(threads));
    }

    /// <summary>The outputs for each row of float32 features.</summary>
    /// <param name="features">[rows, features], row-major.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <returns>[rows, outputs].</returns>
    /// <exception cref="ArgumentException">The number of values is not a multiple of the number of features.</exception>
    public Matrix Apply(ReadOnlyMemory<float> features, int threads = 0)
    {
        if (features.Length % Math.Max(1, Features) != 0)
            throw new ArgumentException($"Features come as rows of {Features} values; {features.Length} values are not whole rows.", nameof(features));
        return Apply(new Operand<float>(features, features.Length / Math.Max(1, Features), Features, Features, 1), WorkerPool.Shared(threads));
    }

    /// <summary>The outputs for one row of features.</summary>
    /// <exception cref="ArgumentException">The sizes are not those of the map.</exception>
    public void Apply(ReadOnlySpan<double> features, Span<double> outputs)
    {
        if (features.Length != Features || outputs.Length != Outputs)
            throw new ArgumentException($"The map takes {Features} features to {Outputs} outputs, not {features.Length} to {outputs.Length}.");

        Bias.CopyTo(outputs);
        if (Outputs == 1)
        {
            outputs[0] += VectorMath.Dot(features, Weights.Values);
            return;
        }

        for (int i = 0; i < features.Length; i++) VectorMath.AddScaled(features[i], Weights.Row(i), outputs);
    }

    internal Matrix Apply<T>(Operand<T> features, WorkerPool pool)
        where T : unmanaged
    {
        if (features.Columns != Features)
            throw new ArgumentException($"The map takes {Features} features a row, not {features.Columns}.", nameof(features));

        Matrix outputs = new(features.Rows, Outputs);
        for (int i = 0; i < features.Rows; i++) Bias.CopyTo(outputs.Row(i));
        Gemm.Accumulate(1, features, Weights.Operand, outputs.Target, pool);
        return outputs;
    }
}
