using System.Runtime.CompilerServices;
using Graft.Kernels.Reservoirs;

namespace Graft.Numerics;

/// <summary>Sums of products of some columns with three vectors of columns, over rows: as many as there are registers for, and enough to hide the latency of a multiply-add.</summary>
internal static unsafe class PanelTile
{
    /// <summary>c += a^T b of 8 columns a, for 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Eight<TLanes, TVector, T>(int rows, int width, T* a, T* b, double* c, long stride)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        int n = TLanes.Count;
        TVector c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        TVector c40 = default, c41 = default, c42 = default, c50 = default, c51 = default, c52 = default;
        TVector c60 = default, c61 = default, c62 = default, c70 = default, c71 = default, c72 = default;
        for (int k = 0; k < rows; k++, a += width, b += width)
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + n), b2 = TLanes.Load(b + 2 * n);
            TVector row = TLanes.BroadcastFrom(a);
            c00 = TLanes.MultiplyAdd(row, b0, c00);
            c01 = TLanes.MultiplyAdd(row, b1, c01);
            c02 = TLanes.MultiplyAdd(row, b2, c02);
            row = TLanes.BroadcastFrom(a + 1);
            c10 = TLanes.MultiplyAdd(row, b0, c10);
            c11 = TLanes.MultiplyAdd(row, b1, c11);
            c12 = TLanes.MultiplyAdd(row, b2, c12);
            row = TLanes.BroadcastFrom(a + 2);
            c20 = TLanes.MultiplyAdd(row, b0, c20);
            c21 = TLanes.MultiplyAdd(row, b1, c21);
            c22 = TLanes.MultiplyAdd(row, b2, c22);
            row = TLanes.BroadcastFrom(a + 3);
            c30 = TLanes.MultiplyAdd(row, b0, c30);
            c31 = TLanes.MultiplyAdd(row, b1, c31);
            c32 = TLanes.MultiplyAdd(row, b2, c32);
            row = TLanes.BroadcastFrom(a + 4);
            c40 = TLanes.MultiplyAdd(row, b0, c40);
            c41 = TLanes.MultiplyAdd(row, b1, c41);
            c42 = TLanes.MultiplyAdd(row, b2, c42);
            row = TLanes.BroadcastFrom(a + 5);
            c50 = TLanes.MultiplyAdd(row, b0, c50);
            c51 = TLanes.MultiplyAdd(row, b1, c51);
            c52 = TLanes.MultiplyAdd(row, b2, c52);
            row = TLanes.BroadcastFrom(a + 6);
            c60 = TLanes.MultiplyAdd(row, b0, c60);
            c61 = TLanes.MultiplyAdd(row, b1, c61);
            c62 = TLanes.MultiplyAdd(row, b2, c62);
            row = TLanes.BroadcastFrom(a + 7);
            c70 = TLanes.MultiplyAdd(row, b0, c70);
            c71 = TLanes.MultiplyAdd(row, b1, c71);
            c72 = TLanes.MultiplyAdd(row, b2, c72);
        }

        AddRow<TLanes, TVector, T>(c, c00, c01, c02);
        AddRow<TLanes, TVector, T>(c + stride, c10, c11, c12);
        AddRow<TLanes, TVector, T>(c + 2 * stride, c20, c21, c22);
        AddRow<TLanes, TVector, T>(c + 3 * stride, c30, c31, c32);
        AddRow<TLanes, TVector, T>(c + 4 * stride, c40, c41, c42);
        AddRow<TLanes, TVector, T>(c + 5 * stride, c50, c51, c52);
        AddRow<TLanes, TVector, T>(c + 6 * stride, c60, c61, c62);
        AddRow<TLanes, TVector, T>(c + 7 * stride, c70, c71, c72);
    }

    /// <summary>c += a^T b of 4 columns a, for 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four<TLanes, TVector, T>(int rows, int width, T* a, T* b, double* c, long stride)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        int n = TLanes.Count;
        TVector c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        for (int k = 0; k < rows; k++, a += width, b += width)
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + n), b2 = TLanes.Load(b + 2 * n);
            TVector row = TLanes.BroadcastFrom(a);
            c00 = TLanes.MultiplyAdd(row, b0, c00);
            c01 = TLanes.MultiplyAdd(row, b1, c01);
            c02 = TLanes.MultiplyAdd(row, b2, c02);
            row = TLanes.BroadcastFrom(a + 1);
            c10 = TLanes.MultiplyAdd(row, b0, c10);
            c11 = TLanes.MultiplyAdd(row, b1, c11);
            c12 = TLanes.MultiplyAdd(row, b2, c12);
            row = TLanes.BroadcastFrom(a + 2);
            c20 = TLanes.MultiplyAdd(row, b0, c20);
            c21 = TLanes.MultiplyAdd(row, b1, c21);
            c22 = TLanes.MultiplyAdd(row, b2, c22);
            row = TLanes.BroadcastFrom(a + 3);
            c30 = TLanes.MultiplyAdd(row, b0, c30);
            c31 = TLanes.MultiplyAdd(row, b1, c31);
            c32 = TLanes.MultiplyAdd(row, b2, c32);
        }

        AddRow<TLanes, TVector, T>(c, c00, c01, c02);
        AddRow<TLanes, TVector, T>(c + stride, c10, c11, c12);
        AddRow<TLanes, TVector, T>(c + 2 * stride, c20, c21, c22);
        AddRow<TLanes, TVector, T>(c + 3 * stride, c30, c31, c32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TLanes, TVector, T>(double* row, TVector left, TVector middle, TVector right)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TLanes.AddTo(left, row);
        TLanes.AddTo(middle, row + TLanes.Count);
        TLanes.AddTo(right, row + 2 * TLanes.Count);
    }
}
