using Graft.Kernels.Assembled;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
using Graft.Simd;
using Iced.Intel;

namespace Graft.Tests.Kernels;

/// <summary>Products of bytes equal their formulas exactly, on every kind of vector.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class ByteKernelTests
{
    private static readonly ByteGrid Input = new(0.02f, 7);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(16, 24)]
    [InlineData(17, 16)]
    [InlineData(24, 144)]
    [InlineData(33, 27)]
    [InlineData(72, 12)]
    public void AProductEqualsItsFormula(int outputs, int depth)
    {
        ByteWeights layer = Weights(outputs, depth);
        BytePanels panels = new(layer, Input, 0.5, new WeightBlock(1 << 14));
        foreach (int rows in (int[])[1, 2, 3, 6, 7, 13, 14, 29, 57])
        {
            foreach (ByteEnd end in Enum.GetValues<ByteEnd>())
            {
                for (int panel = 0; panel < panels.Count; panel++)
                {
                    if (end == ByteEnd.Bytes && !panels.IsWhole(panel)) continue;
                    int width = panels.Vectors(panel) * ByteKernel.Lanes, count = panels.OutputsOf(panel), unit = end is ByteEnd.Ring or ByteEnd.Sums ? 4 : 1, stride = (width * unit) + (end == ByteEnd.SomeBytes ? 3 : 0), sourceStride = (depth + 3) / 4 * 4;
                    byte[] source = Bytes((rows * sourceStride) + 64, 3), target = Bytes((rows * stride) + 64, 4), expected = [.. target];
                    sbyte[] own = layer.Values[(BytePanels.First(panel) * depth)..((BytePanels.First(panel) + count) * depth)];
                    fixed (byte* a = source, y = target, e = expected)
                    fixed (sbyte* w = own)
                    {
                        ByteCall call = panels.Call(panel);
                        call.Source = a;
                        (call.SourceStride, call.TargetStride, call.ZeroPoint, call.Low, call.High) = (sourceStride, stride, 11, 9, 240);
                        ByteKernel.Reference(end, count, depth, rows, w, call with { Target = e });
                        ByteKernel.Multiply(end, panels.Vectors(panel), rows, call with { Target = y });
                    }

                    for (int r = 0; r < rows; r++)
                        Assert.Equal(expected.AsSpan(r * stride, count * unit), target.AsSpan(r * stride, count * unit));
                    if (end == ByteEnd.SomeBytes) Assert.Equal(expected, target);
                    Assert.Equal(expected[(rows * stride)..], target[(rows * stride)..]);
                }
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(72)]
    public void ADepthwiseRowEqualsItsFormula(int channels)
    {
        ByteWeights layer = Weights(channels, 9);
        BytePanels panels = new(layer.Columns(), Input, 0.1, new WeightBlock(1 << 14));
        foreach ((int width, int stride) in from width in (int[])[1, 2, 6, 7, 8, 13, 14, 29] from stride in (int[])[1, 2] select (width, stride))
        {
            foreach (ByteEnd end in (ByteEnd[])[ByteEnd.Bytes, ByteEnd.Sums])
            {
                for (int panel = 0; panel < panels.Count; panel++)
                {
                    int lanes = panels.Vectors(panel) * ByteKernel.Lanes, first = BytePanels.First(panel), count = Math.Min(lanes, channels - first), unit = end == ByteEnd.Sums ? 4 : 1;
                    byte[] ring = Bytes((((width - 1) * stride) + 3) * lanes * 4, 5), target = Bytes((width * lanes * unit) + 64, 6), expected = [.. target];
                    sbyte[] own = new sbyte[lanes * 9];
                    layer.Values.AsSpan(first * 9, count * 9).CopyTo(own);
                    fixed (byte* x = ring, y = target, e = expected)
                    fixed (sbyte* w = own)
                    {
                        ByteCall call = panels.Call(panel);
                        call.Source = x;
                        (call.TargetStride, call.ZeroPoint, call.Low, call.High) = (lanes * unit, 0, 0, 255);
                        ByteKernel.ConvolveReference(end, stride, lanes, width, w, call with { Target = e });
                        ByteKernel.Convolve(end, stride, panels.Vectors(panel), width, call with { Target = y });
                    }

                    Assert.Equal(expected, target);
                }
            }
        }
    }

    [Fact]
    public void APushedRowIsTheNewestOfFour()
    {
        int lanes = ByteKernel.Lanes;
        for (int vectors = 1; vectors <= ByteKernel.MostVectors; vectors++)
        {
            int width = vectors * lanes, stride = width + 5;
            byte[] pixels = Bytes((4 * stride) + 64, 7), ring = Bytes(4 * width * 4, 8), before = [.. ring];
            fixed (byte* x = pixels, y = ring) ByteKernel.Push(vectors, 4, x, stride, (int*)y);
            for (int i = 0; i < 4 * width; i++)
                Assert.Equal([before[(4 * i) + 1], before[(4 * i) + 2], before[(4 * i) + 3], pixels[(i / width * stride) + (i % width)]], ring[(4 * i)..((4 * i) + 4)]);
        }
    }

    [Fact]
    public void NumbersBecomeTheNearestBytesAndBytesNumbers()
    {
        ByteGrid grid = new(0.25f, 100);
        float[] x = [-1000, -25.1f, -25, -24.9f, -0.375f, -0.125f, 0, 0.125f, 0.375f, 1.1f, 38.7f, 38.75f, 38.9f, 1e30f, float.NegativeInfinity, float.PositiveInfinity, .. Enumerable.Range(0, 50).Select(i => (i * 1.37f) - 30)];
        byte[] y = new byte[x.Length];
        float[] back = new float[x.Length];
        fixed (float* a = x, c = back)
        fixed (byte* b = y)
        {
            QuantizeKernel.Run(x.Length, grid, a, b);
            QuantizeKernel.Back(x.Length, grid, b, c);
        }

        Assert.Equal<byte>([0, 0, 0, 0, 98, 100, 100, 100, 102, 104, 255, 255, 255, 255, 0, 255], y[..16]);
        Assert.Equal(x.Select(grid.Of), y);
        Assert.Equal(y.Select(grid.At), back);
    }

    [Fact]
    public void SumsProductsAndMeansOfBytesEqualTheirFormulas()
    {
        const int Count = 83;
        ByteGrid first = new(0.03f, 12), second = new(0.07f, 130), result = new(0.05f, 40);
        byte[] a = Bytes(Count, 1), b = Bytes(Count, 2), sum = new byte[Count], product = new byte[Count];
        float[] mean = new float[Count], expected = new float[Count];
        byte[] pixels = Bytes(49 * Count, 3);
        ByteSum add = ByteSum.Of(first, second, result, (20, 250));
        ByteProduct multiply = ByteProduct.Of(first, second, result, (0, 255));
        fixed (byte* x = a, y = b, s = sum, p = product, q = pixels)
        fixed (float* m = mean, e = expected)
        {
            ByteAddKernel.Run(Count, add, x, y, s);
            ByteMultiplyKernel.Run(1, Count, multiply, x, y, 0, p);
            ByteMeanKernel.Run(49, Count, new ByteTerm(49 * 12, 0.03f / 49), q, m);
            ByteMeanKernel.Reference(49, Count, new ByteTerm(49 * 12, 0.03f / 49), q, e);
        }

        Assert.Equal(a.Zip(b, add.Reference), sum);
        Assert.Equal(a.Zip(b, multiply.Reference), product);
        Assert.Equal(expected, mean);
        for (int i = 0; i < Count; i++) Assert.InRange(Math.Abs(result.At(sum[i]) - Math.Clamp(first.At(a[i]) + second.At(b[i]), result.At(20), result.At(250))), 0, 0.0251f);
    }

    [Fact]
    public void SumsWithAResidualEqualTheTwoSteps()
    {
        const int Rows = 5, Channels = 21;
        int[] sums = [.. Enumerable.Range(0, Rows * Channels).Select(i => (i * 977 % 4001) - 2000)];
        float[] multipliers = [.. Enumerable.Range(0, Channels).Select(i => 0.05f + (0.001f * i))], numbers = new float[Rows * Channels];
        byte[] residual = Bytes(Rows * Channels, 9), y = new byte[Rows * Channels];
        ByteGrid inner = new(0.1f, 128), other = new(0.2f, 3), result = new(0.15f, 60);
        ByteSum sum = ByteSum.Of(inner, other, result, (0, 255));
        fixed (int* s = sums)
        fixed (float* m = multipliers, n = numbers)
        fixed (byte* r = residual, t = y)
        {
            ByteSumKernel.Add(Rows, Channels, s, Channels, m, sum, r, t, Channels);
            ByteSumKernel.ToFloat(Rows, Channels, s, Channels, m, n, Channels);
        }

        for (int i = 0; i < y.Length; i++)
        {
            float steps = sums[i] * multipliers[i % Channels];
            Assert.Equal(steps, numbers[i]);
            Assert.Equal(sum.Reference((byte)Math.Clamp(MathF.Round(steps) + 128, 0, 255), residual[i]), y[i]);
        }
    }

    [Fact]
    public void SumsBeginWithTheBiasAndWhatTheZeroPointAdds()
    {
        ByteWeights layer = new([1, -2, 127, 0, 5, -127], [0.5f, 0.25f], [3, -1]);
        Assert.Equal(300 - (126 * (7 - ByteKernel.Offset)), layer.BiasOf(0, Input));
        Assert.Equal(-200 + (122 * (7 - ByteKernel.Offset)), layer.BiasOf(1, Input));
        Assert.Equal(0.02f * 0.5f / 4, layer.MultiplierOf(0, Input, 4));
        Assert.Equal(0.02f * 0.5f / 1e-20f, layer.MultiplierOf(0, Input, 1e-20f));

        // Sums of up to 130 255 + 300 times that, or 131 255 + 200.
        Assert.True(layer.FitsWholeNumbers(Input, 0.02 * 0.5 * 33_605 / (1 << 30)));
        Assert.False(layer.FitsWholeNumbers(Input, 0.02 * 0.5 * 33_300 / (1 << 30)));
    }

    [Theory]
    [InlineData(1e-30f, 1e-30f, 1e-30, 1e-30f)]
    [InlineData(3e-30f, 1e-9f, 1e-30, 3e-9f)]
    [InlineData(1e30f, 1e30f, 1e30, 1e30f)]
    [InlineData(1e30f, 1e30f, 1e-30, float.MaxValue)]
    public void AFactorIsOneOfNumbersWhateverTheScales(float input, float weight, double step, float multiplier) =>
        Assert.Equal(multiplier, new ByteWeights([1], [weight], [0]).MultiplierOf(0, new ByteGrid(input, 0), step), multiplier / 1e6f);

    [Fact]
    public void WeightsNextToNothingAreRoundedToAScaleThatTheirBiasFits()
    {
        // In steps of 1e-12 0.02 a bias of 0.5 is no whole number of 32 bits.
        ByteWeights layer = new([0, 0, 127, -3, 100, -100], [1e-12f, 1e-12f, 2e-8f], [0.5f, 0, -0.5f]), scaled = layer.ScaledToBias(Input);
        Assert.Equal([0, 0, 127, -3, 86, -86], scaled.Values);
        Assert.Equal(0.5f / ((1 << 30) * 0.02f), scaled.Scales[0], 1e-14f);
        Assert.Equal(1e-12f, scaled.Scales[1]);
        Assert.Equal(1 << 30, scaled.WholeBiasOf(0, Input), 128.0);
        Assert.Equal(-(1 << 30), scaled.WholeBiasOf(2, Input), 128.0);
        Assert.Equal([100, -100], layer.Values[4..]);
    }

    [Fact]
    public void ValuesFarLargerThanAStepAreCutOffAndZeroStaysZero()
    {
        ByteGrid large = new(1e30f, 100), small = new(1e-30f, 7);
        ByteSum sum = ByteSum.Of(large, large, small, (0, 255));
        ByteProduct product = ByteProduct.Of(large, large, small, (0, 255));
        byte[] a = [100, 100, 101, 99, 101, .. Enumerable.Repeat((byte)100, 60)], b = [100, 101, 100, 100, 99, .. Enumerable.Repeat((byte)100, 60)], sums = new byte[a.Length], products = new byte[a.Length];
        fixed (byte* x = a, y = b, s = sums, p = products)
        {
            ByteAddKernel.Run(a.Length, sum, x, y, s);
            ByteMultiplyKernel.Run(1, a.Length, product, x, y, 0, p);
        }

        Assert.Equal<byte>([7, 255, 255, 0, 7, .. Enumerable.Repeat((byte)7, 60)], sums);
        Assert.Equal<byte>([7, 7, 7, 7, 0, .. Enumerable.Repeat((byte)7, 60)], products);
        Assert.Equal(a.Zip(b, sum.Reference), sums);
        Assert.Equal(a.Zip(b, product.Reference), products);
    }

    [Fact]
    public void CodeRunsOnlyWhereTheProcessorHasItAndNobodyForbidsIt()
    {
        Assert.True(AssembledByteTiles.HasInstruction(Cpu(7, 1 << 11)));
        Assert.False(AssembledByteTiles.HasInstruction(Cpu(7, ~(1 << 11))), "another processor");
        Assert.False(AssembledByteTiles.HasInstruction(Cpu(6, -1)), "an old processor");
        if (Environment.GetEnvironmentVariable("GRAFT_ASSEMBLED") == "0") Assert.False(AssembledByteTiles.IsSupported);
        Assert.Equal(AssembledByteTiles.IsSupported ? 16 : System.Runtime.Intrinsics.X86.AvxVnni.IsSupported ? 8 : SimdWidth.Lanes, ByteKernel.Lanes);

        static Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> Cpu(int leaves, int features) => (leaf, part) => (leaf, part) switch
        {
            (0, 0) => (leaves, 0, 0, 0),
            (7, 0) when leaves >= 7 => (0, 0, features, 0),
            _ => throw new InvalidOperationException($"leaf {leaf}, part {part} was asked for and is not there"),
        };
    }

    [Fact]
    public void TheCodeMultipliesBytesAndTouchesNothingElse()
    {
        Mnemonic[] expected =
        [
            Mnemonic.Mov, Mnemonic.Push, Mnemonic.Pop, Mnemonic.Lea, Mnemonic.Sub, Mnemonic.Add, Mnemonic.Imul, Mnemonic.Dec, Mnemonic.Jne, Mnemonic.Prefetcht1, Mnemonic.Ret, Mnemonic.Vzeroupper, Mnemonic.Kmovq,
            Mnemonic.Vmovups, Mnemonic.Vmovdqa64, Mnemonic.Vmovdqu32, Mnemonic.Vmovdqu8, Mnemonic.Vextracti64x4, Mnemonic.Vextracti32x4, Mnemonic.Vpbroadcastd, Mnemonic.Vpbroadcastw, Mnemonic.Vpbroadcastb, Mnemonic.Vpdpbusd,
            Mnemonic.Vcvtdq2ps, Mnemonic.Vmulps, Mnemonic.Vcvtps2dq, Mnemonic.Vpackssdw, Mnemonic.Vpaddsw, Mnemonic.Vpackuswb, Mnemonic.Vpmaxub, Mnemonic.Vpminub, Mnemonic.Vpermd, Mnemonic.Vpshufb, Mnemonic.Vpsrld, Mnemonic.Vpord,
        ];
        foreach ((int function, bool isWindows) in from function in Enumerable.Range(0, AssembledByteTiles.Count) from isWindows in (bool[])[false, true] select (function, isWindows))
        {
            byte[] code = AssembledByteTiles.Code(function, isWindows).ToArray();
            List<Instruction> body = [];
            for (Decoder decoder = Decoder.Create(64, code); body.Count == 0 || body[^1].Mnemonic != Mnemonic.Ret;) body.Add(decoder.Decode());
            Assert.All(body, instruction => Assert.Contains(instruction.Mnemonic, expected));
            Assert.Contains(body, instruction => instruction.Mnemonic == Mnemonic.Vpdpbusd);
            Assert.All(body.Where(instruction => instruction.FlowControl == FlowControl.ConditionalBranch), jump => Assert.InRange(jump.NearBranchTarget, 0UL, body[^1].IP));
            Assert.Equal(body.Where(i => i.Mnemonic == Mnemonic.Push).Select(i => i.Op0Register).Reverse(), body.Where(i => i.Mnemonic == Mnemonic.Pop).Select(i => i.Op0Register));
            Assert.All(body.Where(i => i.MemoryBase == Register.RSP), _ => Assert.True(isWindows));

            // What it reads beside the call and what this points to are its own constants, behind it.
            Assert.All(body.Where(i => i.IsIPRelativeMemoryOperand), i => Assert.InRange(i.IPRelativeMemoryAddress, body[^1].IP, (ulong)code.Length - 64));
        }
    }

    private static ByteWeights Weights(int outputs, int depth)
    {
        byte[] values = Bytes(outputs * depth, 1);
        return new ByteWeights([.. values.Select(v => (sbyte)Math.Max(-127, (int)(sbyte)v))], [.. Enumerable.Range(0, outputs).Select(i => 0.001f + (0.0001f * i))], [.. Enumerable.Range(0, outputs).Select(i => (0.1f * i) - 1)]);
    }

    private static byte[] Bytes(int count, uint seed)
    {
        byte[] bytes = new byte[count];
        uint state = (seed * 2654435761) + 1;
        for (int i = 0; i < count; i++) bytes[i] = (byte)((state = (state * 1664525) + 1013904223) >> 24);
        return bytes;
    }
}
