namespace Graft.Kernels;

/// <summary>The sum of two arrays, element by element.</summary>
internal static unsafe class AddKernel
{
    /// <summary>The formula.</summary>
    public static void Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
    {
        for (int i = 0; i < a.Length; i++) y[i] = a[i] + b[i];
    }
}
