using Graft.Kernels.Reservoirs;
using Graft.Numerics;
using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>Scales recurrent weights.</summary>
internal static class Spectrum
{
    /// <summary>Gives weights the radius or norm of the options, rounded as all weights are.</summary>
    public static SparseMatrix Scale(SparseMatrix weights, ReservoirOptions options, WorkerPool pool)
    {
        if (options.Scaling == SpectralScaling.None) return weights;
        double size = options.Scaling == SpectralScaling.Norm ? Norm(weights, pool) : Radius(weights, pool), largest = 0;
        foreach (double value in weights.Values) largest = Math.Max(largest, Math.Abs(value));

        // Rounding gives a nilpotent matrix a radius of about the root of the precision.
        if (size <= 1e-6 * largest)
            throw new GraftException($"The recurrent weights of seed {options.Seed} have a spectral radius of 0, which nothing scales. Choose another seed, add units, or set Scaling to Norm.");

        double[] scaled = weights.Values.ToArray();
        for (int i = 0; i < scaled.Length; i++) scaled[i] = WeightDrawing.Round(scaled[i] * (options.SpectralRadius / size));
        return weights.With(scaled);
    }

    /// <summary>The largest modulus of an eigenvalue.</summary>
    public static unsafe double Radius(SparseMatrix weights, WorkerPool pool)
    {
        PackedWeights<double> packed = new(weights);
        double[] padded = new double[packed.Groups * PackedWeights<double>.Group];
        return Arnoldi.LargestModulus(weights.Rows, (x, y) =>
        {
            fixed (double* from = x, to = padded)
                WeightProduct.Run(packed, 0, packed.Groups, from, null, to);
            padded.AsSpan(0, y.Length).CopyTo(y);
        }, pool);
    }

    /// <summary>The largest singular value.</summary>
    public static double Norm(SparseMatrix weights, WorkerPool pool)
    {
        double[] between = new double[weights.Rows];
        return Math.Sqrt(Arnoldi.LargestModulus(weights.Columns, (x, y) =>
        {
            weights.Multiply(x, between);
            weights.TransposeMultiply(between, y);
        }, pool));
    }
}
