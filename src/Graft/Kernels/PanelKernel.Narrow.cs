using System.Runtime.CompilerServices;

namespace Graft.Kernels;

/// <content>Tiles of one vector, for the end of a row.</content>
internal static unsafe partial class PanelKernel<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles7x1(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength;
        for (; row + 7 <= call.Rows; row += 7)
        {
            TVector c00 = TSimd.Load(call.Bias), c10 = c00, c20 = c00, c30 = c00, c40 = c00, c50 = c00, c60 = c00;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride, a6 = a5 + stride;
                for (nint k = 0; k < length; k++, b += TSimd.Lanes)
                {
                    TVector b0 = TSimd.Load(b), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                    x = TSimd.BroadcastFrom(a3 + k);
                    c30 = TSimd.MultiplyAdd(x, b0, c30);
                    x = TSimd.BroadcastFrom(a4 + k);
                    c40 = TSimd.MultiplyAdd(x, b0, c40);
                    x = TSimd.BroadcastFrom(a5 + k);
                    c50 = TSimd.MultiplyAdd(x, b0, c50);
                    x = TSimd.BroadcastFrom(a6 + k);
                    c60 = TSimd.MultiplyAdd(x, b0, c60);
                }
            }

            Finish(call, row, c00);
            Finish(call, row + 1, c10);
            Finish(call, row + 2, c20);
            Finish(call, row + 3, c30);
            Finish(call, row + 4, c40);
            Finish(call, row + 5, c50);
            Finish(call, row + 6, c60);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles3x1(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength;
        for (; row + 3 <= call.Rows; row += 3)
        {
            TVector c00 = TSimd.Load(call.Bias), c10 = c00, c20 = c00;
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                float* a1 = source + stride, a2 = a1 + stride;
                for (nint k = 0; k < length; k++, b += TSimd.Lanes)
                {
                    TVector b0 = TSimd.Load(b), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                    x = TSimd.BroadcastFrom(a1 + k);
                    c10 = TSimd.MultiplyAdd(x, b0, c10);
                    x = TSimd.BroadcastFrom(a2 + k);
                    c20 = TSimd.MultiplyAdd(x, b0, c20);
                }
            }

            Finish(call, row, c00);
            Finish(call, row + 1, c10);
            Finish(call, row + 2, c20);
        }

        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Tiles1x1(in PanelCall call, int row)
    {
        nint stride = call.SourceStride, length = call.SegmentLength;
        for (; row + 1 <= call.Rows; row += 1)
        {
            TVector c00 = TSimd.Load(call.Bias);
            float* b = call.Weights, source = call.Source + (row * stride);
            for (int segment = 0; segment < call.Segments; segment++, source += call.SegmentStride)
            {
                for (nint k = 0; k < length; k++, b += TSimd.Lanes)
                {
                    TVector b0 = TSimd.Load(b), x;
                    x = TSimd.BroadcastFrom(source + k);
                    c00 = TSimd.MultiplyAdd(x, b0, c00);
                }
            }

            Finish(call, row, c00);
        }

        return row;
    }
}
