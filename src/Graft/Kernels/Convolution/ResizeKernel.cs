using System.Runtime.CompilerServices;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Resizing without antialiasing. Nearest: y[i] = x[floor(i / scale)], scale = out size / size where none is given. Bilinear, pixel centres at half integers: with
/// s = (i + 1/2) / scale - 1/2, but in [0, size - 1], y[i] = (1 - f) x[floor(s)] + f x[min(floor(s) + 1, size - 1)], f = s - floor(s); in both directions.
/// The backward is the transpose: what a pixel gave to an output with a weight, it gets from the output's gradient with that weight.
/// </summary>
internal static unsafe partial class ResizeKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="geometry">The sizes, and which pixels an output is made of.</param>
    /// <param name="batch">The number of images.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, outHeight, outWidth, channels]</c>.</param>
    public static void Reference(in ResizeGeometry geometry, int batch, ReadOnlySpan<float> x, Span<float> y)
    {
        (_, int height, int width, int channels, int outHeight, int outWidth) = geometry;
        for (int n = 0; n < batch; n++)
        {
            for (int i = 0; i < outHeight; i++)
            {
                for (int j = 0; j < outWidth; j++)
                {
                    (int top, int bottom, double down) = geometry.Row(i);
                    (int left, int right, double across) = geometry.Column(j);
                    ReadOnlySpan<float> image = x.Slice(n * height * width * channels, height * width * channels);
                    for (int c = 0; c < channels; c++)
                    {
                        double above = ((1 - across) * image[(((top * width) + left) * channels) + c]) + (across * image[(((top * width) + right) * channels) + c]);
                        double below = ((1 - across) * image[(((bottom * width) + left) * channels) + c]) + (across * image[(((bottom * width) + right) * channels) + c]);
                        y[(((((n * outHeight) + i) * outWidth) + j) * channels) + c] = (float)(((1 - down) * above) + (down * below));
                    }
                }
            }
        }
    }

    /// <summary>The formula of the backward, summed in float64.</summary>
    /// <param name="geometry">The sizes, and which pixels an output is made of.</param>
    /// <param name="batch">The number of images.</param>
    /// <param name="dy">The gradient of the output <c>[batch, outHeight, outWidth, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, height, width, channels]</c>, written.</param>
    public static void BackwardReference(in ResizeGeometry geometry, int batch, ReadOnlySpan<float> dy, Span<float> dx)
    {
        (_, int height, int width, int channels, int outHeight, int outWidth) = geometry;
        double[] sums = new double[dx.Length];
        for (int n = 0; n < batch; n++)
        {
            for (int i = 0; i < outHeight; i++)
            {
                for (int j = 0; j < outWidth; j++)
                {
                    (int top, int bottom, double down) = geometry.Row(i);
                    (int left, int right, double across) = geometry.Column(j);
                    Span<double> image = sums.AsSpan(n * height * width * channels, height * width * channels);
                    for (int c = 0; c < channels; c++)
                    {
                        double gradient = dy[(((((n * outHeight) + i) * outWidth) + j) * channels) + c];
                        image[(((top * width) + left) * channels) + c] += (1 - down) * (1 - across) * gradient;
                        image[(((top * width) + right) * channels) + c] += (1 - down) * across * gradient;
                        image[(((bottom * width) + left) * channels) + c] += down * (1 - across) * gradient;
                        image[(((bottom * width) + right) * channels) + c] += down * across * gradient;
                    }
                }
            }
        }

        for (int i = 0; i < dx.Length; i++) dx[i] = (float)sums[i];
    }

    /// <summary>The vector path, for the output rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of batch times output height.</summary>
    /// <param name="geometry">The sizes, and which pixels an output is made of.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, outHeight, outWidth, channels]</c>.</param>
    /// <param name="firstRow">The first output row, counted through the batch.</param>
    /// <param name="endRow">The row after the last.</param>
    [Dispatch]
    public static partial void Run(in ResizeGeometry geometry, float* x, float* y, int firstRow, int endRow);

    /// <summary>The vector path of the backward, for one image.</summary>
    /// <param name="geometry">The sizes, and which pixels an output is made of.</param>
    /// <param name="dy">The gradient of the output <c>[outHeight, outWidth, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[height, width, channels]</c>, written.</param>
    [Dispatch]
    public static partial void Backward(in ResizeGeometry geometry, float* dy, float* dx);

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector>(in ResizeGeometry geometry, float* x, float* y, int firstRow, int endRow)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        (ResizeMode mode, int height, int width, int channels, int outHeight, int outWidth) = geometry;
        for (int row = firstRow; row < endRow; row++)
        {
            (int top, int bottom, double down) = geometry.Row(row % outHeight);
            float* image = x + ((long)(row / outHeight) * height * width * channels);
            float* above = image + ((long)top * width * channels), below = image + ((long)bottom * width * channels);
            float* target = y + ((long)row * outWidth * channels);
            for (int j = 0; j < outWidth; j++, target += channels)
            {
                (int left, int right, double across) = geometry.Column(j);
                if (mode == ResizeMode.Nearest)
                {
                    new ReadOnlySpan<float>(above + (left * channels), channels).CopyTo(new Span<float>(target, channels));
                    continue;
                }

                Corners<TVector> weights = new()
                {
                    AboveLeft = TSimd.Broadcast((float)((1 - down) * (1 - across))),
                    AboveRight = TSimd.Broadcast((float)((1 - down) * across)),
                    BelowLeft = TSimd.Broadcast((float)(down * (1 - across))),
                    BelowRight = TSimd.Broadcast((float)(down * across)),
                };
                int c = 0;
                for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
                    Mix<TSimd, TVector, Whole<TSimd, TVector>>(weights, above + (left * channels) + c, above + (right * channels) + c, below + (left * channels) + c, below + (right * channels) + c, target + c, TSimd.Lanes);
                if (c < channels)
                    Mix<TSimd, TVector, First<TSimd, TVector>>(weights, above + (left * channels) + c, above + (right * channels) + c, below + (left * channels) + c, below + (right * channels) + c, target + c, channels - c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix<TSimd, TVector, TAccess>(
        in Corners<TVector> weights, float* aboveLeft, float* aboveRight, float* belowLeft, float* belowRight, float* target, int lanes)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAccess : struct, IAccess<TVector>
    {
        TVector sum = TSimd.Multiply(weights.AboveLeft, TAccess.Load(aboveLeft, lanes));
        sum = TSimd.MultiplyAdd(weights.AboveRight, TAccess.Load(aboveRight, lanes), sum);
        sum = TSimd.MultiplyAdd(weights.BelowLeft, TAccess.Load(belowLeft, lanes), sum);
        sum = TSimd.MultiplyAdd(weights.BelowRight, TAccess.Load(belowRight, lanes), sum);
        TAccess.Store(sum, target, lanes);
    }

    [MethodImpl(Compiled.Alone)]
    private static void Backward<TSimd, TVector>(in ResizeGeometry geometry, float* dy, float* dx)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        (_, int height, int width, int channels, int outHeight, int outWidth) = geometry;
        for (int row = 0; row < height; row++) new Span<float>(dx + ((long)row * width * channels), width * channels).Clear();
        for (int i = 0; i < outHeight; i++)
        {
            (int top, int bottom, double down) = geometry.Row(i);
            float* above = dx + ((long)top * width * channels), below = dx + ((long)bottom * width * channels);
            for (int j = 0; j < outWidth; j++, dy += channels)
            {
                (int left, int right, double across) = geometry.Column(j);
                Give<TSimd, TVector>(channels, (1 - down) * (1 - across), dy, above + (left * channels));
                Give<TSimd, TVector>(channels, (1 - down) * across, dy, above + (right * channels));
                Give<TSimd, TVector>(channels, down * (1 - across), dy, below + (left * channels));
                Give<TSimd, TVector>(channels, down * across, dy, below + (right * channels));
            }
        }
    }

    /// <summary>Adds a gradient with a weight to a pixel's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Give<TSimd, TVector>(int channels, double weight, float* gradient, float* pixel)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        if (weight == 0) return;
        TVector factor = TSimd.Broadcast((float)weight);
        int c = 0;
        for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes) TSimd.Store(TSimd.MultiplyAdd(factor, TSimd.Load(gradient + c), TSimd.Load(pixel + c)), pixel + c);
        if (c == channels) return;
        int rest = channels - c;
        Partial<TSimd, TVector>.Store(TSimd.MultiplyAdd(factor, Partial<TSimd, TVector>.Load(gradient + c, rest), Partial<TSimd, TVector>.Load(pixel + c, rest)), pixel + c, rest);
    }

    /// <summary>The weights of the four pixels that an output lies between.</summary>
    private readonly struct Corners<TVector>
    {
        public TVector AboveLeft { get; init; }

        public TVector AboveRight { get; init; }

        public TVector BelowLeft { get; init; }

        public TVector BelowRight { get; init; }
    }
}
