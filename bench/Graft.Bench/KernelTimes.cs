using System.Diagnostics;
using System.Globalization;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>The hot kernels alone, on data in the first-level cache where it fits: percent of the peak.</summary>
internal static unsafe class KernelTimes
{
    private static double peak;

    public static int Run(Arguments arguments)
    {
        peak = PeakFlops.Widest(40);
        int lanes = SimdWidth.Lanes;
        Tensor a = new([1 << 20]), b = new([1 << 20]), c = new([1 << 20]), bias = new([64]);
        foreach ((int k, int segments, int rows, int vectors) in (ReadOnlySpan<(int, int, int, int)>)[(9, 3, 112, 2), (16, 1, 112, 2), (24, 1, 56, 2), (32, 1, 28, 2), (32, 1, 112, 1), (64, 1, 14, 2), (96, 1, 14, 2), (96, 1, 14, 1), (160, 1, 7, 2), (160, 1, 49, 2), (320, 1, 49, 2), (576, 1, 196, 2), (960, 1, 49, 2), (1280, 1, 1, 2)])
        {
            PanelCall call = new()
            {
                Source = a.Pointer,
                SourceStride = segments > 1 ? 6 : k,
                Segments = segments,
                SegmentLength = k,
                SegmentStride = 700,
                Weights = b.Pointer,
                Bias = bias.Pointer,
                Target = c.Pointer,
                TargetStride = 2 * lanes,
                TargetPlaneStride = lanes,
                Rows = rows,
                Clamp = new Clamp(0, 6),
            };
            Report($"panel k {k}x{segments} rows {rows} vectors {vectors}", (double)k * segments * rows * vectors * lanes, () => PanelKernel.Run(call, vectors, lanes));
        }

        float** lines = stackalloc float*[5];
        foreach ((int width, int stride, int kernel) in (ReadOnlySpan<(int, int, int)>)[(112, 1, 3), (56, 1, 3), (56, 2, 3), (28, 1, 3), (14, 1, 3), (14, 2, 3), (7, 1, 3), (7, 2, 3), (10, 1, 3), (5, 1, 3), (14, 1, 5), (14, 2, 5)])
        {
            int pitch = (((width - 1) * stride) + kernel) * 2 * lanes;
            for (int u = 0; u < kernel; u++) lines[u] = a.Pointer + (u * pitch);
            DepthwiseCall call = new()
            {
                Rows = lines,
                Kernel = kernel,
                Stride = stride,
                PlaneStride = pitch / 2,
                Weights = b.Pointer,
                Bias = bias.Pointer,
                Target = c.Pointer,
                TargetStride = 2 * lanes,
                Width = width,
                Vectors = 2,
                Clamp = new Clamp(0, 6),
            };
            Report($"depthwise {kernel}x{kernel} /{stride} width {width}", (double)width * kernel * kernel * 2 * lanes, () => DepthwiseKernel.Run(call));
        }

        return 0;
    }

    private static void Report(string what, double multiplyAdds, Action action)
    {
        int calls = (int)Math.Max(1, 3e6 / multiplyAdds);
        double best = double.MaxValue;
        for (int round = 0; round < 300; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / calls);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40} {best * 1e9,8:0} ns {2 * multiplyAdds / best / peak / 1e7,5:0} %"));
    }
}
