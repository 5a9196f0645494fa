using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Graft.Kernels.Assembled;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>Products of bytes, by the best that this machine has. The results are the same bits on all.</summary>
internal static unsafe class ByteKernel
{
    /// <summary>The lanes of a vector of sums.</summary>
    public static int Lanes => AssembledByteTiles.IsSupported ? AssembledByteTiles.Lanes : AvxVnni.IsSupported ? 8 : SimdWidth.Lanes;

    /// <summary>What is taken away from each byte before it is multiplied: sums then begin with that much of the sum of the weights.</summary>
    public static int Offset => UsesDot128 ? ByteDot128.Offset : 0;

    private static bool UsesDot128 => Dp.IsSupported && !AssembledByteTiles.IsSupported && !AvxVnni.IsSupported;

    /// <summary>Computes a product.</summary>
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="vectors">The vectors of outputs, 1 or 2.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="call">The rest.</param>
    public static void Multiply(ByteEnd end, int vectors, int rows, in ByteCall call)
    {
        if (AssembledByteTiles.IsSupported) AssembledByteTiles.Multiply(end, vectors, rows, call);
        else if (AvxVnni.IsSupported) ByteKernel<ByteDot256, Vector256<int>>.Multiply(end, vectors, rows, call);
        else if (Vector512.IsHardwareAccelerated) ByteKernel<ByteSimd512, Vector512<int>>.Multiply(end, vectors, rows, call);
        else if (Vector256.IsHardwareAccelerated) ByteKernel<ByteSimd256, Vector256<int>>.Multiply(end, vectors, rows, call);
        else if (Dp.IsSupported) ByteKernel<ByteDot128, Vector128<int>>.Multiply(end, vectors, rows, call);
        else ByteKernel<ByteSimd128, Vector128<int>>.Multiply(end, vectors, rows, call);
    }

    /// <summary>Computes a row of a 3x3 depthwise convolution: sum[j, c] = bias[c] + sum over u, v of pixel[j stride + v, c, u] weight[v, c, u], where a pixel of a channel is the bytes of four rows, the last one on top.</summary>
    /// <param name="end">What becomes of the sums: bytes, or nothing.</param>
    /// <param name="stride">The step between windows, 1 or 2.</param>
    /// <param name="vectors">The vectors of channels, 1 or 2.</param>
    /// <param name="width">The number of outputs.</param>
    /// <param name="call">The rest.</param>
    public static void Convolve(ByteEnd end, int stride, int vectors, int width, in ByteCall call)
    {
        if (AssembledByteTiles.IsSupported) AssembledByteTiles.Convolve(end, stride, vectors, width, call);
        else if (AvxVnni.IsSupported) ByteKernel<ByteDot256, Vector256<int>>.Convolve(end, stride, vectors, width, call);
        else if (Vector512.IsHardwareAccelerated) ByteKernel<ByteSimd512, Vector512<int>>.Convolve(end, stride, vectors, width, call);
        else if (Vector256.IsHardwareAccelerated) ByteKernel<ByteSimd256, Vector256<int>>.Convolve(end, stride, vectors, width, call);
        else if (Dp.IsSupported) ByteKernel<ByteDot128, Vector128<int>>.Convolve(end, stride, vectors, width, call);
        else ByteKernel<ByteSimd128, Vector128<int>>.Convolve(end, stride, vectors, width, call);
    }

    /// <summary>Pushes pixels of bytes into a ring.</summary>
    /// <param name="vectors">The vectors of channels, 1 or 2.</param>
    /// <param name="width">The number of pixels.</param>
    /// <param name="source">The pixels; behind the last there are as many bytes as a pixel of the ring has channels.</param>
    /// <param name="stride">From one pixel to the next.</param>
    /// <param name="ring">The first pixel of the ring.</param>
    public static void Push(int vectors, int width, byte* source, nint stride, int* ring)
    {
        if (AssembledByteTiles.IsSupported || (Vector512.IsHardwareAccelerated && Lanes == 16)) ByteKernel<ByteSimd512, Vector512<int>>.Push(vectors, width, source, stride, ring);
        else if (Vector256.IsHardwareAccelerated) ByteKernel<ByteSimd256, Vector256<int>>.Push(vectors, width, source, stride, ring);
        else ByteKernel<ByteSimd128, Vector128<int>>.Push(vectors, width, source, stride, ring);
    }

    /// <summary>The formula of <see cref="Multiply"/>.</summary>
    public static void Reference(ByteEnd end, int outputs, int rows, in ByteCall call)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int n = 0; n < outputs; n++)
            {
                int sum = call.Biases[n];
                for (nint k = 0; k < 4 * call.Steps; k++) sum += (call.Source[(r * call.SourceStride) + k] - Offset) * call.Weights[(((k / 4 * outputs) + n) * 4) + (k % 4)];
                Finish(end, call, r, n, sum);
            }
        }
    }

    /// <summary>The formula of <see cref="Convolve"/>.</summary>
    public static void ConvolveReference(ByteEnd end, int stride, int channels, int width, in ByteCall call)
    {
        for (int j = 0; j < width; j++)
        {
            for (int c = 0; c < channels; c++)
            {
                int sum = call.Biases[c];
                for (nint v = 0; v < 3; v++)
                {
                    for (int u = 0; u < 4; u++)
                        sum += (call.Source[((((((nint)j * stride) + v) * channels) + c) * 4) + u] - Offset) * call.Weights[(((v * channels) + c) * 4) + u];
                }

                Finish(end, call, j, c, sum);
            }
        }
    }

    private static void Finish(ByteEnd end, in ByteCall call, int row, int n, int sum)
    {
        byte* target = call.Target + (row * call.TargetStride);
        if (end == ByteEnd.Sums)
        {
            ((int*)target)[n] = sum;
            return;
        }

        byte value = (byte)Math.Clamp((int)MathF.Round(sum * call.Multipliers[n]) + (int)call.ZeroPoint, (int)call.Low, (int)call.High);
        if (end == ByteEnd.Ring) ((uint*)target)[n] = (((uint*)target)[n] >> 8) | ((uint)value << 24);
        else if (end == ByteEnd.Bytes || ((call.Exists >> n) & 1) != 0) target[n] = value;
    }
}

/// <summary>The tiles of <see cref="ByteKernel"/> for one kind of vector.</summary>
internal static unsafe partial class ByteKernel<TSimd, TVector>
    where TSimd : struct, IByteSimd<TVector>
    where TVector : struct
{
    private const int MostRows = 7, MostVectors = 2, MostLanes = 16;

    private static int Width => TSimd.Lanes;

    /// <summary>Computes a product.</summary>
    public static void Multiply(ByteEnd end, int vectors, int rows, in ByteCall call)
    {
        int* sums = stackalloc int[MostRows * MostVectors * MostLanes];
        for (int row = 0; row < rows;)
        {
            byte* source = call.Source + (row * call.SourceStride);
            int left = rows - row, done;
            if (vectors == 2) done = left >= 7 && Width == 16 ? Tile7x2(call, source, sums) : left >= 4 ? Tile4x2(call, source, sums) : Tile1x2(call, source, sums);
            else done = left >= 7 ? Tile7x1(call, source, sums) : left >= 4 ? Tile4x1(call, source, sums) : Tile1x1(call, source, sums);
            Finish(end, vectors, row, done, sums, call);
            row += done;
        }
    }

    /// <summary>Computes a row of a depthwise convolution.</summary>
    public static void Convolve(ByteEnd end, int stride, int vectors, int width, in ByteCall call)
    {
        int* sums = stackalloc int[MostRows * MostVectors * MostLanes];
        for (int j = 0; j < width;)
        {
            int outputs = width - j >= 4 ? 4 : 1;
            for (int v = 0; v < vectors; v++)
            {
                if (outputs == 1) Outputs1(stride, vectors, v, j, sums, call);
                else Outputs4(stride, vectors, v, j, sums, call);
            }

            Finish(end, vectors, j, outputs, sums, call);
            j += outputs;
        }
    }

    /// <summary>Pushes pixels of bytes into a ring.</summary>
    [MethodImpl(Compiled.Alone)]
    public static void Push(int vectors, int width, byte* source, nint stride, int* ring)
    {
        for (int j = 0; j < width; j++, source += stride)
            for (int v = 0; v < vectors; v++, ring += TSimd.Lanes) TSimd.Push(TSimd.LoadBytes(source + (v * TSimd.Lanes)), ring);
    }

    /// <summary>What becomes of the sums of some rows.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Finish(ByteEnd end, int vectors, int row, int rows, int* sums, in ByteCall call)
    {
        byte* target = call.Target + (row * call.TargetStride);
        byte* some = stackalloc byte[MostLanes];
        int exist = end == ByteEnd.SomeBytes ? BitOperations.PopCount(call.Exists) : vectors * TSimd.Lanes;
        for (int r = 0; r < rows; r++, target += call.TargetStride)
        {
            for (int v = 0; v < vectors; v++, sums += TSimd.Lanes)
            {
                TVector sum = TSimd.Load(sums);
                if (end == ByteEnd.Sums)
                {
                    TSimd.Store(sum, (int*)target + (v * TSimd.Lanes));
                    continue;
                }

                TVector value = TSimd.Clamp(TSimd.Scale(sum, call.Multipliers + (v * TSimd.Lanes)), (int)call.ZeroPoint, (int)call.Low, (int)call.High);
                int count = exist - (v * TSimd.Lanes);
                if (end == ByteEnd.Ring)
                {
                    TSimd.Push(value, (int*)target + (v * TSimd.Lanes));
                }
                else if (count >= TSimd.Lanes)
                {
                    TSimd.StoreBytes(value, target + (v * TSimd.Lanes));
                }
                else
                {
                    TSimd.StoreBytes(value, some);
                    for (int n = 0; n < count; n++) target[(v * TSimd.Lanes) + n] = some[n];
                }
            }
        }
    }
}
