using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One tap (u, v) of a convolution's windows, for channels side by side: the rows x[i s + u d - top, j s + v d - left] of output pixels (i, j), and back. With a step of 1 the pixels of an output row lie side
/// by side in the image.
/// </summary>
internal static unsafe class WindowTaps
{
    /// <summary>Copies the tap of some windows out of an image.</summary>
    /// <param name="g">The geometry.</param>
    /// <param name="image">The image <c>[height, width, channels]</c>, from the first channel that is copied.</param>
    /// <param name="channels">The number of channels that are copied.</param>
    /// <param name="tap">u kernel + v.</param>
    /// <param name="first">The first output pixel.</param>
    /// <param name="count">The number of output pixels.</param>
    /// <param name="rows">Receives the pixels, what lies outside the image as zeros.</param>
    /// <param name="pitch">From one row to the next.</param>
    public static void Gather(in WindowGeometry g, float* image, int channels, int tap, int first, int count, float* rows, nint pitch)
    {
        for (Run run = new(g, tap, first, first + count); run.Next();)
        {
            Clear(run.Before, channels, rows + (run.Row * pitch), pitch);
            Copy(run.Inside, channels, image + run.Pixel, run.Step, rows + ((run.Row + run.Before) * pitch), pitch);
            Clear(run.After, channels, rows + ((run.Row + run.Before + run.Inside) * pitch), pitch);
        }
    }

    /// <summary>Adds the tap of some windows to the pixels that it came from: the transpose of <see cref="Gather"/>.</summary>
    /// <param name="g">The geometry: one group.</param>
    /// <param name="rows">The pixels.</param>
    /// <param name="pitch">From one row to the next.</param>
    /// <param name="tap">u kernel + v.</param>
    /// <param name="first">The first output pixel.</param>
    /// <param name="count">The number of output pixels.</param>
    /// <param name="image">The image <c>[height, width, channels]</c> that is added to.</param>
    public static void ScatterAdd(in WindowGeometry g, float* rows, nint pitch, int tap, int first, int count, float* image)
    {
        for (Run run = new(g, tap, first, first + count); run.Next();)
        {
            float* source = rows + ((run.Row + run.Before) * pitch), target = image + run.Pixel;
            if (run.Step == pitch && pitch == g.Channels)
            {
                AddKernel.Run(run.Inside * g.Channels, target, source, target);
            }
            else
            {
                for (int j = 0; j < run.Inside; j++, source += pitch, target += run.Step) AddKernel.Run(g.Channels, target, source, target);
            }
        }
    }

    private static void Copy(int count, int channels, float* source, nint step, float* target, nint pitch)
    {
        if (step == pitch && pitch == channels) (count, channels) = (Math.Min(count, 1), count * channels);
        for (; count > 0; count--, source += step, target += pitch) new ReadOnlySpan<float>(source, channels).CopyTo(new Span<float>(target, channels));
    }

    private static void Clear(int count, int channels, float* target, nint pitch)
    {
        for (; count > 0; count--, target += pitch) new Span<float>(target, channels).Clear();
    }

    /// <summary>The output pixels of one row after the other, and which of them find the tap inside the image.</summary>
    private ref struct Run
    {
        private readonly ref readonly WindowGeometry g;
        private readonly int down, right, start, end;
        private int next;

        public Run(in WindowGeometry geometry, int tap, int first, int end)
        {
            g = ref geometry;
            (down, right) = ((tap / g.Kernel * g.Dilation) - g.Top, (tap % g.Kernel * g.Dilation) - g.Left);
            (start, next, this.end) = (first, first, end);
        }

        /// <summary>From one pixel of the image to the next.</summary>
        public readonly nint Step => (nint)g.Stride * g.Channels;

        /// <summary>The place of the first output pixel among those asked for.</summary>
        public int Row { get; private set; }

        /// <summary>Output pixels that find the tap to the left of the image.</summary>
        public int Before { get; private set; }

        /// <summary>Those that find it inside.</summary>
        public int Inside { get; private set; }

        /// <summary>Those that find it to the right.</summary>
        public int After { get; private set; }

        /// <summary>Where in the image the first one inside lies.</summary>
        public nint Pixel { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Next()
        {
            if (next >= end) return false;
            int i = next / g.OutWidth, j = next % g.OutWidth, count = Math.Min(end - next, g.OutWidth - j), row = (i * g.Stride) + down;
            Row = next - start;
            next += count;
            if (row < 0 || row >= g.Height)
            {
                (Before, Inside, After) = (count, 0, 0);
                return true;
            }

            // The first column with j s + right at least 0, and the first with it at least the width.
            int low = Math.Clamp(DivideUp(-right, g.Stride), j, j + count), high = Math.Clamp(DivideUp(g.Width - right, g.Stride), low, j + count);
            (Before, Inside, After) = (low - j, high - low, j + count - high);
            Pixel = (((nint)row * g.Width) + (low * g.Stride) + right) * g.Channels;
            return true;
        }

        private static int DivideUp(int value, int divisor) => value <= 0 ? -(-value / divisor) : (value + divisor - 1) / divisor;
    }
}
