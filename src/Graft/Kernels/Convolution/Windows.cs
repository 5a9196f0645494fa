using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>The windows of a convolution as rows <c>[kernel, kernel, channels of a group]</c>, and back.</summary>
internal static unsafe class Windows
{
    /// <summary>Copies windows out of an image.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="image">The image <c>[height, width, channels]</c>.</param>
    /// <param name="group">The group of channels.</param>
    /// <param name="first">The first output pixel.</param>
    /// <param name="count">The number of output pixels.</param>
    /// <param name="rows">Receives the windows, what lies outside the image as zeros.</param>
    /// <param name="pitch">From one row to the next.</param>
    [MethodImpl(Compiled.Alone)]
    public static void Gather(in WindowGeometry g, float* image, int group, int first, int count, float* rows, nint pitch)
    {
        int channels = g.GroupChannels;
        for (int pixel = first; pixel < first + count; pixel++, rows += pitch)
        {
            int top = (pixel / g.OutWidth * g.Stride) - g.Top, left = (pixel % g.OutWidth * g.Stride) - g.Left;
            float* target = rows;
            bool isInside = top >= 0 && left >= 0 && top + g.Kernel <= g.Height && left + g.Kernel <= g.Width;
            if (isInside && g.Dilation == 1 && g.Groups == 1)
            {
                // Pixels side by side are numbers side by side.
                for (int u = 0; u < g.Kernel; u++, target += g.Kernel * channels) Copy(image + ((((nint)(top + u) * g.Width) + left) * channels), target, g.Kernel * channels);
                continue;
            }

            for (int u = 0; u < g.Kernel; u++)
            {
                int row = top + (u * g.Dilation);
                float* source = image + ((nint)row * g.Width * g.Channels) + (group * channels);
                for (int v = 0; v < g.Kernel; v++, target += channels)
                {
                    int column = left + (v * g.Dilation);
                    if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) new Span<float>(target, channels).Clear();
                    else new ReadOnlySpan<float>(source + ((nint)column * g.Channels), channels).CopyTo(new Span<float>(target, channels));
                }
            }
        }
    }

    /// <summary>A copy of a few numbers, where a call of the runtime's would take longer than the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* target, int count)
    {
        int i = 0;
        for (; i <= count - 4; i += 4) Vector128.Load(source + i).Store(target + i);
        for (; i < count; i++) target[i] = source[i];
    }

    /// <summary>Adds windows to the pixels that they came from: the transpose of <see cref="Gather"/>.</summary>
    public static void ScatterAdd(in WindowGeometry g, float* rows, nint pitch, int group, int first, int count, float* image)
    {
        int channels = g.GroupChannels;
        for (int pixel = first; pixel < first + count; pixel++, rows += pitch)
        {
            int top = (pixel / g.OutWidth * g.Stride) - g.Top, left = (pixel % g.OutWidth * g.Stride) - g.Left;
            float* source = rows;
            for (int u = 0; u < g.Kernel; u++)
            {
                int row = top + (u * g.Dilation);
                float* target = image + ((nint)row * g.Width * g.Channels) + (group * channels);
                for (int v = 0; v < g.Kernel; v++, source += channels)
                {
                    int column = left + (v * g.Dilation);
                    if (row < 0 || row >= g.Height || column < 0 || column >= g.Width) continue;
                    float* place = target + ((nint)column * g.Channels);
                    AddKernel.Run(channels, place, source, place);
                }
            }
        }
    }
}
