using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// The matrix product at the heart of convolutions: register tiles of 7 rows (6 where there are 16 registers) by two vectors of outputs. Every output is one chain of
/// fused multiply-adds in the order of the sum, whatever the tile, so that neither threads nor the place of a row change a bit.
/// </summary>
internal static unsafe class PanelKernel
{
    /// <summary>Computes a panel.</summary>
    /// <param name="call">What to compute.</param>
    /// <param name="vectors">The panel's width in vectors, 1 or 2.</param>
    /// <param name="lanes">The lanes of a vector: 16, 8 or 4.</param>
    public static void Run(in PanelCall call, int vectors, int lanes)
    {
        if (lanes == 16) PanelKernel<Simd512<float>, Vector512<float>>.Run(call, vectors);
        else if (lanes == 8) PanelKernel<Simd256<float>, Vector256<float>>.Run(call, vectors);
        else PanelKernel<Simd128<float>, Vector128<float>>.Run(call, vectors);
    }

    /// <summary>The formula, summed in float64.</summary>
    public static void Reference(in PanelCall call, int width, int lanes)
    {
        for (int i = 0; i < call.Rows; i++)
        {
            for (int o = 0; o < width; o++)
            {
                double sum = call.Bias[o];
                for (int s = 0; s < call.Segments; s++)
                {
                    for (nint k = 0; k < call.SegmentLength; k++)
                        sum += (double)call.Source[(i * call.SourceStride) + (s * call.SegmentStride) + k] * call.Weights[(((s * call.SegmentLength) + k) * width) + o];
                }

                if (call.Residual is not null) sum += call.Residual[(i * call.ResidualStride) + o];
                call.Target[(i * call.TargetStride) + (o / lanes * call.TargetPlaneStride) + (o % lanes)] = (float)Math.Min(Math.Max(sum, call.Clamp.Low), call.Clamp.High);
            }
        }
    }
}

/// <summary>The tiles of <see cref="PanelKernel"/> for one vector width.</summary>
internal static unsafe partial class PanelKernel<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    /// <summary>Computes a panel.</summary>
    public static void Run(in PanelCall call, int vectors)
    {
        int row = 0, rows = call.Rows;
        if (vectors == 2)
        {
            if (TSimd.Lanes == 16)
            {
                row = Tiles7x2(call, row, rows);
                if (rows - row != 6) row = Tiles4x2(call, row, rows);
            }
            else
            {
                // Rows that six does not divide end in tiles of four and three, which still fill the pipeline: 7 = 4 + 3, 8 = 4 + 4, 11 = 4 + 4 + 3.
                row = Tiles6x2(call, row, rows % 6 is 1 or 2 or 5 ? rows - 6 : rows);
                row = Tiles4x2(call, row, rows);
            }

            if (row < rows) row = Tiles3x2(call, row, rows);
            if (row < rows) Tiles1x2(call, row, rows);
        }
        else
        {
            row = Tiles7x1(call, row, rows);
            if (row < rows) row = Tiles3x1(call, row, rows);
            if (row < rows) Tiles1x1(call, row, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in PanelCall call, int row, TVector value0, TVector value1)
    {
        float* target = call.Target + (row * call.TargetStride);
        if (call.IsBare)
        {
            TSimd.Store(value0, target);
            TSimd.Store(value1, target + call.TargetPlaneStride);
            return;
        }

        if (call.Residual is not null)
        {
            float* residual = call.Residual + (row * call.ResidualStride);
            value0 = TSimd.Add(value0, TSimd.Load(residual));
            value1 = TSimd.Add(value1, TSimd.Load(residual + TSimd.Lanes));
        }

        // The bounds come first: what is not a number then stays so.
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, value0)), target);
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, value1)), target + call.TargetPlaneStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in PanelCall call, int row, TVector value)
    {
        if (call.IsBare)
        {
            TSimd.Store(value, call.Target + (row * call.TargetStride));
            return;
        }

        if (call.Residual is not null) value = TSimd.Add(value, TSimd.Load(call.Residual + (row * call.ResidualStride)));
        TVector low = TSimd.Broadcast(call.Clamp.Low), high = TSimd.Broadcast(call.Clamp.High);
        TSimd.Store(TSimd.Min(high, TSimd.Max(low, value)), call.Target + (row * call.TargetStride));
    }
}
