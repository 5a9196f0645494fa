using System.Numerics;

namespace Graft.Operations.Normalization;

/// <summary>What <see cref="GroupRule"/> computes, where every channel is a group, for several channels at once. Each method returns the first channel that is left to do.</summary>
internal static unsafe class InstanceFactors
{
    private static int Lanes => Vector<double>.Count;

    /// <summary>The scales and shifts of a picture.</summary>
    /// <param name="table">Where moments are and factors go.</param>
    /// <param name="n">The picture.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="gammas">The scales; empty for ones.</param>
    /// <param name="betas">The shifts; empty for zeros.</param>
    public static int Forward(in PictureTable table, int n, float epsilon, ReadOnlySpan<float> gammas, ReadOnlySpan<float> betas)
    {
        double* inverses = table.Kept(n), factors = stackalloc double[4 * Lanes], constants = factors + (2 * Lanes);
        int c = 0;
        for (; c + (2 * Lanes) <= table.Channels; c += 2 * Lanes)
        {
            Vector.Widen(Of(gammas, c, 1), out Vector<double> gamma0, out Vector<double> gamma1);
            Vector.Widen(Of(betas, c, 0), out Vector<double> beta0, out Vector<double> beta1);
            Vector.Widen(Vector.Load(table.Center(n) + c), out Vector<double> center0, out Vector<double> center1);
            for (int i = 0; i < 2 * Lanes; i += Lanes)
            {
                Vector<double> inverse = Vector<double>.One / Vector.SquareRoot(Vector.Load(table.Variance(n) + c + i) + new Vector<double>(epsilon)), factor = inverse * (i == 0 ? gamma0 : gamma1);
                inverse.Store(inverses + c + i);
                factor.Store(factors + i);
                ((i == 0 ? beta0 : beta1) + (((i == 0 ? center0 : center1) - Vector.Load(table.Mean(n) + c + i)) * factor)).Store(constants + i);
            }

            Narrow(factors).Store(table.Scale(n) + c);
            Narrow(constants).Store(table.Shift(n) + c);
        }

        return c;
    }

    /// <summary>The factors of a picture's gradients.</summary>
    /// <param name="table">Where sums are and factors go.</param>
    /// <param name="n">The picture.</param>
    /// <param name="gammas">The scales; empty for ones.</param>
    public static int Backward(in PictureTable table, int n, ReadOnlySpan<float> gammas)
    {
        double* slopes = stackalloc double[4 * Lanes], constants = slopes + (2 * Lanes);
        Vector<double> part = new(1.0 / table.Pixels);
        int c = 0;
        for (; c + (2 * Lanes) <= table.Channels; c += 2 * Lanes)
        {
            Vector.Widen(Of(gammas, c, 1), out Vector<double> gamma0, out Vector<double> gamma1);
            Vector.Widen(Vector.Load(table.Center(n) + c), out Vector<double> center0, out Vector<double> center1);
            for (int i = 0; i < 2 * Lanes; i += Lanes)
            {
                Vector<double> inverse = Vector.Load(table.Kept(n) + c + i), factor = inverse * (i == 0 ? gamma0 : gamma1) * part, slope = -factor * inverse * inverse * Vector.Load(table.Product(n) + c + i);
                slope.Store(slopes + i);
                ((slope * ((i == 0 ? center0 : center1) - Vector.Load(table.Mean(n) + c + i))) - (factor * Vector.Load(table.Sum(n) + c + i))).Store(constants + i);
            }

            Vector.Load(table.Scale(n) + c).Store(table.K1(n) + c);
            Narrow(slopes).Store(table.K2(n) + c);
            Narrow(constants).Store(table.K3(n) + c);
        }

        return c;
    }

    /// <summary>Adds what a picture adds to the gradients of scales and shifts.</summary>
    /// <param name="table">Where the sums are.</param>
    /// <param name="n">The picture.</param>
    /// <param name="scales">The gradients of the scales.</param>
    /// <param name="shifts">The gradients of the shifts.</param>
    public static int AddUp(in PictureTable table, int n, double[] scales, double[] shifts)
    {
        int c = 0;
        for (; c + Lanes <= table.Channels; c += Lanes)
        {
            (new Vector<double>(scales, c) + (Vector.Load(table.Kept(n) + c) * Vector.Load(table.Product(n) + c))).CopyTo(scales, c);
            (new Vector<double>(shifts, c) + Vector.Load(table.Sum(n) + c)).CopyTo(shifts, c);
        }

        return c;
    }

    private static Vector<float> Of(ReadOnlySpan<float> values, int channel, float otherwise) => values.IsEmpty ? new Vector<float>(otherwise) : new Vector<float>(values[channel..]);

    private static Vector<float> Narrow(double* values) => Vector.Narrow(Vector.Load(values), Vector.Load(values + Lanes));
}
