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
    public static int Lanes => AssembledByteTiles.IsSupported ? AssembledByteTiles.Lanes : AvxVnni.IsSupported ? ByteDot256.Lanes : SimdWidth.Lanes;

    /// <summary>The most vectors of outputs that are computed together: where there are 16 registers, a row's bytes are prepared for more of them.</summary>
    public static int MostVectors => Lanes == 16 ? 2 : 4;

    /// <summary>What is taken away from each byte before it is multiplied: sums then begin with that much of the sum of the weights.</summary>
    public static int Offset => HasDot ? 0 : Dp.IsSupported ? ByteDot128.Offset : 0;

    /// <summary>Into how many parts four weights are cut that are multiplied together, each an int32.</summary>
    public static int Parts => HasDot || Dp.IsSupported ? 1 : ByteSimd128.Parts;

    private static bool HasDot => AssembledByteTiles.IsSupported || AvxVnni.IsSupported;

    /// <summary>A part of four weights, as they are packed.</summary>
    /// <param name="four">The weights, the first one in the lowest byte.</param>
    /// <param name="part">Which.</param>
    public static int Weights(int four, int part) => Parts == 1 ? four : ByteSimd128.Weights(four, part);

    /// <summary>Computes a product.</summary>
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="vectors">The vectors of outputs, 1 to <see cref="MostVectors"/>.</param>
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
    /// <param name="vectors">The vectors of channels, 1 to <see cref="MostVectors"/>.</param>
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
    /// <param name="vectors">The vectors of channels, 1 to <see cref="MostVectors"/>.</param>
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
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="depth">The length of a sum.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="weights">The weights <c>[outputs, depth]</c>, as they are.</param>
    /// <param name="call">The rest, but for weights.</param>
    public static void Reference(ByteEnd end, int outputs, int depth, int rows, sbyte* weights, in ByteCall call)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int n = 0; n < outputs; n++)
            {
                int sum = call.Biases[n];
                for (int k = 0; k < depth; k++) sum += (call.Source[(r * call.SourceStride) + (k / (4 * call.Steps) * call.SegmentStride) + (k % (4 * call.Steps))] - Offset) * weights[(n * depth) + k];
                Finish(end, call, r, n, sum);
            }
        }
    }

    /// <summary>The formula of <see cref="Convolve"/>.</summary>
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="stride">The step between windows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="width">The number of outputs.</param>
    /// <param name="weights">The weights <c>[channels, 3, 3]</c>, as they are.</param>
    /// <param name="call">The rest, but for weights.</param>
    public static void ConvolveReference(ByteEnd end, int stride, int channels, int width, sbyte* weights, in ByteCall call)
    {
        for (int j = 0; j < width; j++)
        {
            for (int c = 0; c < channels; c++)
            {
                int sum = call.Biases[c];
                for (int v = 0; v < 3; v++)
                    for (int u = 0; u < 3; u++) sum += (call.Source[(((((j * stride) + v) * channels) + c) * 4) + 1 + u] - Offset) * weights[(((c * 3) + u) * 3) + v];
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
    private const int MostRows = 28, MostOutputs = 32, MostLanes = 16;

    /// <summary>Computes a product.</summary>
    public static void Multiply(ByteEnd end, int vectors, int rows, in ByteCall call)
    {
        int* sums = stackalloc int[MostRows * MostOutputs];
        for (int row = 0; row < rows; row += MostRows)
        {
            int count = Math.Min(MostRows, rows - row);
            for (int done = 0; done < count;) done += Tile(vectors, count - done, call, call.Source + ((row + done) * call.SourceStride), sums + (done * vectors * TSimd.Lanes));
            Finish(end, vectors, row, count, sums, call);
        }
    }

    /// <summary>Computes a row of a depthwise convolution.</summary>
    public static void Convolve(ByteEnd end, int stride, int vectors, int width, in ByteCall call)
    {
        int* sums = stackalloc int[MostRows * MostOutputs];
        for (int first = 0; first < width; first += MostRows)
        {
            int count = Math.Min(MostRows, width - first);
            for (int v = 0; v < vectors; v++)
            {
                int j = 0;
                for (; j + 4 <= count; j += 4)
                {
                    if (stride == 1) Outputs4Stride1(vectors, v, first + j, sums + (j * vectors * TSimd.Lanes), call);
                    else Outputs4Stride2(vectors, v, first + j, sums + (j * vectors * TSimd.Lanes), call);
                }

                for (; j < count; j++)
                {
                    if (stride == 1) Outputs1Stride1(vectors, v, first + j, sums + (j * vectors * TSimd.Lanes), call);
                    else Outputs1Stride2(vectors, v, first + j, sums + (j * vectors * TSimd.Lanes), call);
                }
            }

            Finish(end, vectors, first, count, sums, call);
        }
    }

    /// <summary>Pushes pixels of bytes into a ring.</summary>
    [MethodImpl(Compiled.Alone)]
    public static void Push(int vectors, int width, byte* source, nint stride, int* ring)
    {
        for (int j = 0; j < width; j++, source += stride)
            for (int v = 0; v < vectors; v++, ring += TSimd.Lanes) TSimd.Push(TSimd.LoadBytes(source + (v * TSimd.Lanes)), ring);
    }

    /// <summary>The sums of some rows.</summary>
    /// <returns>How many.</returns>
    private static int Tile(int vectors, int rows, in ByteCall call, byte* source, int* sums) => vectors switch
    {
        4 => rows >= 2 ? Tile2x4(call, source, sums) : Tile1x4(call, source, sums),
        3 => rows >= 2 ? Tile2x3(call, source, sums) : Tile1x3(call, source, sums),
        2 => rows >= 7 && TSimd.Lanes == 16 ? Tile7x2(call, source, sums) : rows >= 4 ? Tile4x2(call, source, sums) : Tile1x2(call, source, sums),
        _ => rows >= 7 ? Tile7x1(call, source, sums) : rows >= 4 ? Tile4x1(call, source, sums) : Tile1x1(call, source, sums),
    };

    /// <summary>What becomes of the sums of some rows.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void Finish(ByteEnd end, int vectors, int row, int rows, int* sums, in ByteCall call)
    {
        nint stride = call.TargetStride, step = (nint)vectors * TSimd.Lanes;
        byte* target = call.Target + (row * stride);
        int exist = end == ByteEnd.SomeBytes ? BitOperations.PopCount(call.Exists) : vectors * TSimd.Lanes;
        TVector zero = TSimd.Broadcast((int)call.ZeroPoint), low = TSimd.Broadcast((int)call.Low), high = TSimd.Broadcast((int)call.High);
        for (int v = 0; v < vectors; v++, sums += TSimd.Lanes)
        {
            int* sum = sums;
            float* multipliers = call.Multipliers + (v * TSimd.Lanes);
            byte* bytes = target + (v * TSimd.Lanes), whole = target + (v * TSimd.Lanes * sizeof(int));
            int count = exist - (v * TSimd.Lanes);
            if (end == ByteEnd.Sums)
            {
                for (int r = 0; r < rows; r++, sum += step, whole += stride) TSimd.Store(TSimd.Load(sum), (int*)whole);
            }
            else if (end == ByteEnd.Ring)
            {
                for (int r = 0; r < rows; r++, sum += step, whole += stride) TSimd.Push(TSimd.Clamp(TSimd.Scale(TSimd.Load(sum), multipliers), zero, low, high), (int*)whole);
            }
            else if (count >= TSimd.Lanes)
            {
                for (int r = 0; r < rows; r++, sum += step, bytes += stride) TSimd.StoreBytes(TSimd.Clamp(TSimd.Scale(TSimd.Load(sum), multipliers), zero, low, high), bytes);
            }
            else
            {
                for (int r = 0; r < rows; r++, sum += step, bytes += stride) StoreSome(TSimd.Clamp(TSimd.Scale(TSimd.Load(sum), multipliers), zero, low, high), count, bytes);
            }
        }
    }

    private static void StoreSome(TVector value, int count, byte* target)
    {
        byte* some = stackalloc byte[MostLanes];
        TSimd.StoreBytes(value, some);
        for (int n = 0; n < count; n++) target[n] = some[n];
    }
}
