using Graft.Kernels.Quantization;

namespace Graft.Lite.Reading;

/// <summary>
/// HARD_SWISH of bytes as TensorFlow Lite's kernel computes it, in whole numbers of 16 bits: where the nearest byte is a near thing, another one. A scale and a shift of what the function takes, by less than a hundredth of a step, make it
/// the same of Graft's.
/// </summary>
internal static class HardSwishBytes
{
    private const int Bytes = 256, FineBits = 7, One = 1 << 15, MostShift = 15, Reach = 40;

    // Steps of the search: of the scale, and of the shift in steps of the input's grid.
    private const double ScaleStep = 1e-5, ShiftStep = 2.5e-4;

    // What float32 may round away, and how near to the middle between two bytes a near thing is, in steps of the output's grid.
    private const double Rounded = 1e-4, Near = 0.06;

    /// <summary>The byte of each byte by the kernel; null for grids that it does not compute with.</summary>
    public static byte[]? Of(ByteGrid input, ByteGrid output)
    {
        float fine = input.Scale / (1 << FineBits);
        if (Multiplier(fine / output.Scale) is not { Exponent: <= 0 } result || Multiplier(fine / (3f / One)) is not { } slope) return null;
        byte[] table = new byte[Bytes];
        for (int q = 0; q < Bytes; q++)
        {
            int x = (q - input.ZeroPoint) << FineBits, steps = HighHalf(x, result.Number), gate = slope.Exponent > 0 ? Cut((long)x << (slope.Exponent - 1)) : x;
            gate = HighHalf(gate, slope.Number);
            gate = slope.Exponent > 0 ? Cut(2L * gate) : Shifted(gate, -slope.Exponent);

            // x / 3 from -1 to 1 becomes relu6(x + 3) / 6.
            gate = (gate + One) >> 1;
            table[q] = (byte)Math.Clamp(Shifted(gate * steps / One, -result.Exponent) + output.ZeroPoint, 0, ByteGrid.Most);
        }

        return table;
    }

    /// <summary>The scale and the shift, as small as may be, with which the function gives as many of the kernel's bytes as it can; null where it gives them as it is, or no better.</summary>
    public static (float Scale, float Shift)? Fit(ByteGrid input, ByteGrid output)
    {
        if (Of(input, output) is not { } table) return null;
        int[] all = [.. Enumerable.Range(0, Bytes)], near = [.. all.Where(q => Off(1, 0, q, Near))];
        int best = all.Count(q => Off(1, 0, q, 0)), least = 0;
        if (best == 0) return null;
        (double Scale, double Shift)? found = null;
        for (int u = -Reach; u <= Reach; u++)
        {
            for (int v = -Reach; v <= Reach; v++)
            {
                (double scale, double shift) = (1 + (u * ScaleStep), v * ShiftStep * input.Scale);
                int off = 0, size = Math.Abs(u) + Math.Abs(v);
                foreach (int q in near)
                    if (Off(scale, shift, q, Rounded) && ++off > best) break;
                if (off > best || (off == best && (found is null || size >= least)) || all.Count(q => Off(scale, shift, q, Rounded)) > off) continue;
                (best, least, found) = (off, size, (scale, shift));
            }
        }

        return found is { } fit ? ((float)fit.Scale, (float)fit.Shift) : null;

        // Whether a byte is another one, or so near to being one.
        bool Off(double scale, double shift, int q, double margin)
        {
            double x = (scale * (q - input.ZeroPoint) * input.Scale) + shift, y = (x * Math.Clamp(x + 3, 0, 6) / 6 / output.Scale) + output.ZeroPoint;
            int wanted = table[q];
            return (wanted > 0 && y < wanted - 0.5 + margin) || (wanted < ByteGrid.Most && y > wanted + 0.5 - margin);
        }
    }

    /// <summary>A factor as a number of 16 bits from 2^14 on, and a power of 2.</summary>
    private static (int Number, int Exponent)? Multiplier(double factor)
    {
        if (!double.IsNormal(factor)) return null;
        int exponent = Math.ILogB(factor) + 1;
        long number = (long)Math.Round(Math.ScaleB(factor, 31 - exponent), MidpointRounding.AwayFromZero);
        if (number == 1L << 31) (number, exponent) = (number >> 1, exponent + 1);
        return Math.Abs(exponent) > MostShift ? null : ((int)Math.Min(short.MaxValue, (number + One) >> 16), exponent);
    }

    /// <summary>The high half of twice a product, rounded.</summary>
    private static int HighHalf(int a, int b) => ((a * b) + (a < 0 ? 1 - (One >> 1) : One >> 1)) / One;

    /// <summary>x / 2^bits, halves away from 0.</summary>
    private static int Shifted(int x, int bits)
    {
        int mask = (1 << bits) - 1, half = (mask >> 1) + (x < 0 ? 1 : 0);
        return (x >> bits) + ((x & mask) > half ? 1 : 0);
    }

    private static int Cut(long x) => (int)Math.Clamp(x, short.MinValue, short.MaxValue);
}
