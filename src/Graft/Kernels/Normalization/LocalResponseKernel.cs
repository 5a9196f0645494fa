using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Local response normalization (Krizhevsky et al. 2012, section 3.3, as PyTorch computes it): y[r, c] = x[r, c] d[r, c]^-beta, d[r, c] = k + alpha / size sum
/// of x[r, j]^2 over the neighbours j from
/// c - size / 2 to c + (size - 1) / 2. Backward, dx[r, c] = dy[r, c] d[r, c]^-beta - 2 alpha beta / size x[r, c] sum of dy[r, j] x[r, j] d[r, j]^(-beta - 1)
/// over those j whose neighbour c is.
/// </summary>
/// <param name="Channels">The number of channels.</param>
/// <param name="Size">The number of neighbours.</param>
/// <param name="Alpha">The factor of the mean square.</param>
/// <param name="Beta">The exponent.</param>
/// <param name="K">Added to the mean square.</param>
internal readonly record struct LocalResponse(int Channels, int Size, float Alpha, float Beta, float K);

/// <summary>Computes a <see cref="LocalResponse"/>.</summary>
internal static unsafe partial class LocalResponseKernel
{
    /// <summary>The formula, in float64, of rows <c>[rows, channels]</c>.</summary>
    public static void Reference(in LocalResponse norm, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            int c = i % norm.Channels;
            y[i] = (float)(x[i] * Math.Pow(Divisor(norm, x.Slice(i - c, norm.Channels), c), -norm.Beta));
        }
    }

    /// <summary>The formula of the backward, in float64.</summary>
    public static void BackwardReference(in LocalResponse norm, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        (int channels, int size, float alpha, float beta, _) = norm;
        for (int i = 0; i < x.Length; i++)
        {
            int c = i % channels;
            ReadOnlySpan<float> row = x.Slice(i - c, channels);
            double sum = 0;
            for (int j = Math.Max(0, c - ((size - 1) / 2)); j <= Math.Min(channels - 1, c + (size / 2)); j++) sum += dy[i - c + j] * (double)row[j] * Math.Pow(Divisor(norm, row, j), -beta - 1.0);
            dx[i] = (float)((dy[i] * Math.Pow(Divisor(norm, row, c), -beta)) - (2.0 * alpha * beta / size * row[c] * sum));
        }
    }

    /// <summary>The numbers of memory that a call needs.</summary>
    public static int ScratchFloats(int channels, int size) => 3 * Pitch(channels, size);

    /// <summary>The vector path.</summary>
    /// <param name="norm">What is computed.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="y">The output <c>[rows, channels]</c>.</param>
    /// <param name="scratch">As many numbers as <see cref="ScratchFloats"/>.</param>
    public static void Run(in LocalResponse norm, int rows, float* x, float* y, float* scratch) => Both(norm, rows, x, null, y, scratch);

    /// <summary>The vector path of the backward.</summary>
    /// <param name="norm">What is computed.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[rows, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[rows, channels]</c>, written.</param>
    /// <param name="scratch">As many numbers as <see cref="ScratchFloats"/>.</param>
    public static void Backward(in LocalResponse norm, int rows, float* x, float* dy, float* dx, float* scratch) => Both(norm, rows, x, dy, dx, scratch);

    [Dispatch]
    private static partial void Both(in LocalResponse norm, int rows, float* x, float* dy, float* target, float* scratch);

    // The squares of a row lie between zeros, so that every channel has all neighbours; in the backward so do, after them, the terms of its sum.
    [MethodImpl(Compiled.Alone)]
    private static void Both<TSimd, TVector>(in LocalResponse norm, int rows, float* x, float* dy, float* target, float* scratch)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        (int channels, int size, float alpha, float beta, float k) = norm;
        int pitch = Pitch(channels, size);
        float* bordered = scratch, divisors = scratch + pitch, powers = divisors + pitch;
        TVector factor = TSimd.Broadcast(alpha / size), offset = TSimd.Broadcast(k), slope = TSimd.Broadcast(-2 * alpha * beta / size);
        for (int r = 0; r < rows; r++, x += channels, target += channels)
        {
            new Span<float>(bordered, pitch).Clear();
            for (int c = 0; c < channels; c += TSimd.Lanes)
            {
                TVector value = Partial<TSimd, TVector>.Load(x + c, channels - c);
                Partial<TSimd, TVector>.Store(TSimd.Multiply(value, value), bordered + (size / 2) + c, channels - c);
            }

            for (int c = 0; c < channels; c += TSimd.Lanes)
            {
                TVector divisor = TSimd.MultiplyAdd(Sum<TSimd, TVector>(bordered + c, size), factor, offset);
                TSimd.Store(divisor, divisors + c);
                TSimd.Store(Power<TSimd, TVector>(divisor, beta, divisors + c), powers + c);
            }

            if (dy is null)
            {
                for (int c = 0; c < channels; c += TSimd.Lanes)
                    Partial<TSimd, TVector>.Store(TSimd.Multiply(Partial<TSimd, TVector>.Load(x + c, channels - c), TSimd.Load(powers + c)), target + c, channels - c);
                continue;
            }

            new Span<float>(bordered, pitch).Clear();
            for (int c = 0; c < channels; c += TSimd.Lanes)
            {
                TVector product = TSimd.Multiply(Partial<TSimd, TVector>.Load(x + c, channels - c), Partial<TSimd, TVector>.Load(dy + c, channels - c));
                Partial<TSimd, TVector>.Store(TSimd.Divide(TSimd.Multiply(product, TSimd.Load(powers + c)), TSimd.Load(divisors + c)), bordered + ((size - 1) / 2) + c, channels - c);
            }

            for (int c = 0; c < channels; c += TSimd.Lanes)
            {
                TVector rest = TSimd.Multiply(TSimd.Multiply(slope, Partial<TSimd, TVector>.Load(x + c, channels - c)), Sum<TSimd, TVector>(bordered + c, size));
                Partial<TSimd, TVector>.Store(TSimd.MultiplyAdd(Partial<TSimd, TVector>.Load(dy + c, channels - c), TSimd.Load(powers + c), rest), target + c, channels - c);
            }

            dy += channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum<TSimd, TVector>(float* first, int size)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector sum = TSimd.Load(first);
        for (int i = 1; i < size; i++) sum = TSimd.Add(sum, TSimd.Load(first + i));
        return sum;
    }

    /// <summary>d^-beta; the exponents that networks use need no logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Power<TSimd, TVector>(TVector d, float beta, float* values)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        if (beta is 0.5f or 0.75f)
        {
            TVector root = TSimd.Divide(TSimd.Broadcast(1), TSimd.Sqrt(d));
            return beta == 0.5f ? root : TSimd.Multiply(root, TSimd.Sqrt(root));
        }

        if (beta == 1) return TSimd.Divide(TSimd.Broadcast(1), d);
        TVector power = d;
        float* lanes = (float*)Unsafe.AsPointer(ref power);
        for (int i = 0; i < TSimd.Lanes; i++) lanes[i] = MathF.Pow(values[i], -beta);
        return power;
    }

    private static double Divisor(in LocalResponse norm, ReadOnlySpan<float> row, int c)
    {
        double sum = 0;
        int size = norm.Size;
        for (int j = Math.Max(0, c - (size / 2)); j <= Math.Min(row.Length - 1, c + ((size - 1) / 2)); j++) sum += (double)row[j] * row[j];
        return norm.K + ((double)norm.Alpha / size * sum);
    }

    private static int Pitch(int channels, int size) => SimdWidth.RoundUp(channels + size + 16, 16);
}
