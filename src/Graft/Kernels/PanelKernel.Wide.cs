using System.Runtime.CompilerServices;

namespace Graft.Kernels;

/// <content>Tiles of two vectors.</content>
internal static unsafe partial class PanelKernel<TSimd, TVector>
{
    private const int AheadFloats = 2048;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles7x2(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength, step = call.AheadStep, far = call.FarAhead;
        byte* ahead = call.Ahead;
        for (; row + 7 <= call.Rows; row += 7)
        {
            TVector c00 = TSimd.Load(call.Bias), c01 = TSimd.Load(call.Bias + TSimd.Lanes), c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01, c60 = c00, c61 = c01;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride, a6 = a5 + stride;
                for (nint k = 0; k < length; k++, b += 2 * TSimd.Lanes, ahead += step)
                {
                    Prefetch(ahead);
                    Prefetch(ahead + far);
                    TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    c01 = TSimd.MultiplyAdd(x, b1, c01);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    c11 = TSimd.MultiplyAdd(x, b1, c11);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                    x = TSimd.BroadcastFrom(a3 + k);
                    c30 = TSimd.MultiplyAdd(x, b0, c30);
                    c31 = TSimd.MultiplyAdd(x, b1, c31);
                    x = TSimd.BroadcastFrom(a4 + k);
                    c40 = TSimd.MultiplyAdd(x, b0, c40);
                    c41 = TSimd.MultiplyAdd(x, b1, c41);
                    x = TSimd.BroadcastFrom(a5 + k);
                    c50 = TSimd.MultiplyAdd(x, b0, c50);
                    c51 = TSimd.MultiplyAdd(x, b1, c51);
                    x = TSimd.BroadcastFrom(a6 + k);
                    c60 = TSimd.MultiplyAdd(x, b0, c60);
                    c61 = TSimd.MultiplyAdd(x, b1, c61);
                }
            }

            Finish(call, row, c00, c01);
            Finish(call, row + 1, c10, c11);
            Finish(call, row + 2, c20, c21);
            Finish(call, row + 3, c30, c31);
            Finish(call, row + 4, c40, c41);
            Finish(call, row + 5, c50, c51);
            Finish(call, row + 6, c60, c61);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles6x2(in PanelCall call, int row, int end)
    {
        nint stride = call.SourceStride, length = call.SegmentLength, step = call.AheadStep, far = call.FarAhead;
        byte* ahead = call.Ahead;
        for (; row + 6 <= end; row += 6)
        {
            TVector c00 = TSimd.Load(call.Bias), c01 = TSimd.Load(call.Bias + TSimd.Lanes), c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride;
                for (nint k = 0; k < length; k++, b += 2 * TSimd.Lanes, ahead += step)
                {
                    Prefetch(ahead);
                    Prefetch(ahead + far);
                    TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    c01 = TSimd.MultiplyAdd(x, b1, c01);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    c11 = TSimd.MultiplyAdd(x, b1, c11);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                    x = TSimd.BroadcastFrom(a3 + k);
                    c30 = TSimd.MultiplyAdd(x, b0, c30);
                    c31 = TSimd.MultiplyAdd(x, b1, c31);
                    x = TSimd.BroadcastFrom(a4 + k);
                    c40 = TSimd.MultiplyAdd(x, b0, c40);
                    c41 = TSimd.MultiplyAdd(x, b1, c41);
                    x = TSimd.BroadcastFrom(a5 + k);
                    c50 = TSimd.MultiplyAdd(x, b0, c50);
                    c51 = TSimd.MultiplyAdd(x, b1, c51);
                }
            }

            Finish(call, row, c00, c01);
            Finish(call, row + 1, c10, c11);
            Finish(call, row + 2, c20, c21);
            Finish(call, row + 3, c30, c31);
            Finish(call, row + 4, c40, c41);
            Finish(call, row + 5, c50, c51);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles4x2(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength, step = call.AheadStep, far = call.FarAhead;
        byte* ahead = call.Ahead;
        for (; row + 4 <= call.Rows; row += 4)
        {
            TVector c00 = TSimd.Load(call.Bias), c01 = TSimd.Load(call.Bias + TSimd.Lanes), c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride, a3 = a2 + stride;
                for (nint k = 0; k < length; k++, b += 2 * TSimd.Lanes, ahead += step)
                {
                    Prefetch(ahead);
                    Prefetch(ahead + far);
                    TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    c01 = TSimd.MultiplyAdd(x, b1, c01);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    c11 = TSimd.MultiplyAdd(x, b1, c11);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                    x = TSimd.BroadcastFrom(a3 + k);
                    c30 = TSimd.MultiplyAdd(x, b0, c30);
                    c31 = TSimd.MultiplyAdd(x, b1, c31);
                }
            }

            Finish(call, row, c00, c01);
            Finish(call, row + 1, c10, c11);
            Finish(call, row + 2, c20, c21);
            Finish(call, row + 3, c30, c31);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles3x2(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength;
        for (; row + 3 <= call.Rows; row += 3)
        {
            TVector c00 = TSimd.Load(call.Bias), c01 = TSimd.Load(call.Bias + TSimd.Lanes), c10 = c00, c11 = c01, c20 = c00, c21 = c01;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride;
                for (nint k = 0; k < length; k++, b += 2 * TSimd.Lanes)
                {
                    TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    c01 = TSimd.MultiplyAdd(x, b1, c01);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    c11 = TSimd.MultiplyAdd(x, b1, c11);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    c21 = TSimd.MultiplyAdd(x, b1, c21);
                }
            }

            Finish(call, row, c00, c01);
            Finish(call, row + 1, c10, c11);
            Finish(call, row + 2, c20, c21);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles1x2(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength;
        for (; row + 1 <= call.Rows; row += 1)
        {
            TVector c00 = TSimd.Load(call.Bias), c01 = TSimd.Load(call.Bias + TSimd.Lanes);
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                for (nint k = 0; k < length; k++, b += 2 * TSimd.Lanes)
                {
                    // A single row is as fast as its weights arrive: they are asked for well ahead, past the ends of pages.
                    Prefetch((byte*)(b + AheadFloats));
                    Prefetch((byte*)(b + AheadFloats + TSimd.Lanes));
                    TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    c01 = TSimd.MultiplyAdd(x, b1, c01);
                }
            }

            Finish(call, row, c00, c01);
        }

        return row;
    }
}
