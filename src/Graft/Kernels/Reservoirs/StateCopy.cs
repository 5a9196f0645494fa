using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>Copies states out of lanes into rows, one for each sequence, of either number type.</summary>
internal static unsafe class StateCopy
{
    // Of so many units, what lies in all lanes fits the first-level cache.
    private const int Block = 64;

    /// <summary>Copies them.</summary>
    /// <param name="source">[units, lanes].</param>
    /// <param name="lanes">How many sequences lie side by side.</param>
    /// <param name="sequences">How many of them are wanted, the first ones.</param>
    /// <param name="units">How many units.</param>
    /// <param name="target">[sequences, width].</param>
    /// <param name="width">From one row to the next.</param>
    [MethodImpl(Compiled.Alone)]
    public static void Run<TFrom, TTo>(TFrom* source, int lanes, int sequences, int units, TTo* target, nint width)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (lanes == 1)
        {
            Line(source, target, units);
            return;
        }

        for (int first = 0; first < units; first += Block)
        {
            int end = Math.Min(first + Block, units);
            for (int s = 0; s < sequences; s++)
            {
                TTo* row = target + (s * width);
                TFrom* from = source + ((nint)first * lanes) + s;
                for (int i = first; i < end; i++, from += lanes) row[i] = Convert<TFrom, TTo>(*from);
            }
        }
    }

    [MethodImpl(Compiled.Alone)]
    private static void Line<TFrom, TTo>(TFrom* source, TTo* target, int units)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        int i = 0;
        if (typeof(TFrom) == typeof(TTo))
        {
            new ReadOnlySpan<TFrom>(source, units).CopyTo(new Span<TFrom>((TFrom*)target, units));
            return;
        }

        if (typeof(TFrom) == typeof(float))
        {
            for (; i <= units - 8; i += 8)
            {
                (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Load((float*)source + i));
                lower.Store((double*)target + i);
                upper.Store((double*)target + i + 4);
            }
        }
        else
        {
            for (; i <= units - 8; i += 8) Vector256.Narrow(Vector256.Load((double*)source + i), Vector256.Load((double*)source + i + 4)).Store((float*)target + i);
        }

        for (; i < units; i++) target[i] = Convert<TFrom, TTo>(source[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo Convert<TFrom, TTo>(TFrom value)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(TTo)) return (TTo)(object)value;
        return typeof(TFrom) == typeof(float) ? (TTo)(object)(double)(float)(object)value : (TTo)(object)(float)(double)(object)value;
    }
}
