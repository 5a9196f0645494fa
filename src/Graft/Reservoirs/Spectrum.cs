namespace Graft.Reservoirs;

/// <summary>Scales recurrent weights.</summary>
internal static class Spectrum
{
    public static SparseMatrix Scale(SparseMatrix weights, ReservoirOptions options)
    {
        if (options.Scaling == SpectralScaling.None) return weights;
        double size = Radius(weights);
        double[] scaled = weights.Values.ToArray();
        for (int i = 0; i < scaled.Length; i++) scaled[i] = WeightDrawing.Round(scaled[i] * (options.SpectralRadius / size));
        return weights.With(scaled);
    }

    /// <summary>A power iteration that fits x'' = a x' + b x, hence copes with complex pairs.</summary>
    public static double Radius(SparseMatrix weights)
    {
        int n = weights.Rows;
        double[] x = new double[n], y = new double[n], z = new double[n];
        for (int i = 0; i < n; i++) x[i] = Math.Sin(i + 1);
        double modulus = 0;
        for (int step = 0; step < 1000; step++)
        {
            weights.Multiply(x, y);
            weights.Multiply(y, z);
            double yy = Numerics.VectorMath.Dot(y, y), xx = Numerics.VectorMath.Dot(x, x), xy = Numerics.VectorMath.Dot(x, y), yz = Numerics.VectorMath.Dot(y, z), xz = Numerics.VectorMath.Dot(x, z);
            double determinant = (yy * xx) - (xy * xy);
            double a = ((yz * xx) - (xz * xy)) / determinant, b = ((yy * xz) - (xy * yz)) / determinant;
            double d = (a * a / 4) + b;
            modulus = d < 0 ? Math.Sqrt(-b) : Math.Abs(a / 2) + Math.Sqrt(d);
            double scale = 1 / Math.Sqrt(yy);
            for (int i = 0; i < n; i++) x[i] = y[i] * scale;
        }

        return modulus;
    }
}
