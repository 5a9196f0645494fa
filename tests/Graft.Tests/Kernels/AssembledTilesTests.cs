using System.Globalization;
using Graft.Kernels;
using Graft.Kernels.Assembled;
using Graft.Memory;
using Graft.Simd;
using Iced.Intel;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>Machine code that was assembled while the library was built: what it is, where it may run, and what it computes.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class AssembledTilesTests
{
    private const int Vector = 16;

    private static readonly Mnemonic[] Expected =
    [
        Mnemonic.Mov, Mnemonic.Push, Mnemonic.Pop, Mnemonic.Lea, Mnemonic.Sub, Mnemonic.Add, Mnemonic.Imul, Mnemonic.Dec, Mnemonic.Cmp, Mnemonic.Je, Mnemonic.Jne, Mnemonic.Jmp, Mnemonic.Prefetcht1,
        Mnemonic.Vmovups, Mnemonic.Vpxord, Mnemonic.Vdpbf16ps, Mnemonic.Vzeroupper, Mnemonic.Ret,
    ];

    public static TheoryData<int, int> Tiles() => [.. from vectors in (int[])[1, 2] from rows in Enumerable.Range(1, AssembledTiles.MostRows) select (rows, vectors)];

    [Theory]
    [MemberData(nameof(Tiles))]
    public void ATileIsWhatItWasDescribedAs(int rows, int vectors)
    {
        foreach (bool isWindows in (bool[])[false, true])
        {
            byte[] code = AssembledTiles.Code(rows, vectors, isWindows).ToArray();
            List<Instruction> all = Decode(code);
            int end = all.FindIndex(instruction => instruction.Mnemonic == Mnemonic.Ret);
            List<Instruction> body = all[..(end + 1)];
            Assert.All(all[(end + 1)..], instruction => Assert.Equal(Mnemonic.Int3, instruction.Mnemonic));
            Assert.All(body, instruction => Assert.Contains(instruction.Mnemonic, Expected));
            Assert.Equal(rows * vectors, body.Count(instruction => instruction.Mnemonic == Mnemonic.Vdpbf16ps));

            // Each sum is multiplied into once a step, by a pair of its own row, in a loop of its own.
            Assert.Equal(rows * vectors, body.Where(instruction => instruction.Mnemonic == Mnemonic.Vdpbf16ps).Select(instruction => instruction.Op0Register).Distinct().Count());
            Assert.All(body.Where(instruction => instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch), jump => Assert.InRange(jump.NearBranchTarget, 0UL, (ulong)code.Length - 1));

            // What is pushed is popped the other way round, and nothing else touches the stack but Windows' own vectors.
            Register[] pushed = [.. body.Where(i => i.Mnemonic == Mnemonic.Push).Select(i => i.Op0Register)], popped = [.. body.Where(i => i.Mnemonic == Mnemonic.Pop).Select(i => i.Op0Register)];
            Assert.Equal(pushed.Reverse(), popped);
            Assert.All(body.Where(i => i.MemoryBase == Register.RSP), i => Assert.True(isWindows));
            Register[] needed = isWindows ? [Register.RBX, Register.RSI, Register.RDI, Register.R12, Register.R13, Register.R14] : [Register.RBX, Register.R12, Register.R13, Register.R14];
            Assert.Subset(pushed.ToHashSet(), needed.ToHashSet());
        }
    }

    [Fact]
    public void PagesWithCodeAreReadAndRunAndNotWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone says what pages are for.");
        byte[] code = AssembledTiles.Code(14, 2, isWindows: false).ToArray();
        byte* pages = ExecutableMemory.Hold(code);
        Assert.SkipWhen(pages == null, "This system refuses pages with code.");
        Assert.Equal(code, new ReadOnlySpan<byte>(pages, code.Length).ToArray());
        string line = File.ReadLines("/proc/self/maps").Single(entry =>
        {
            string[] range = entry.Split(' ')[0].Split('-');
            return ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= (ulong)pages && (ulong)pages < ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        });
        Assert.Equal("r-xp", line.Split(' ')[1]);
    }

    [Fact]
    public void CodeRunsOnlyWhereTheProcessorHasItAndNobodyForbidsIt()
    {
        Assert.True(AssembledTiles.HasInstruction(Cpu(7, 1, 1 << 5)));
        Assert.True(AssembledTiles.HasInstruction(Cpu(7, 1, -1)));
        Assert.False(AssembledTiles.HasInstruction(Cpu(7, 1, ~(1 << 5))), "another processor");
        Assert.False(AssembledTiles.HasInstruction(Cpu(7, 0, -1)), "a processor that does not answer that question");
        Assert.False(AssembledTiles.HasInstruction(Cpu(6, 1, -1)), "an old processor");
        Assert.True(AssembledCode.IsUsable(null, true));
        Assert.True(AssembledCode.IsUsable("1", true));
        Assert.False(AssembledCode.IsUsable("0", true), "the switch");
        Assert.False(AssembledCode.IsUsable(null, false), "a system that does not save the vectors");
        if (Environment.GetEnvironmentVariable("GRAFT_ASSEMBLED") == "0") Assert.False(AssembledTiles.IsSupported);

        static Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> Cpu(int leaves, int parts, int features) => (leaf, part) => ((leaf, part) switch
        {
            (0, 0) => leaves,
            (7, 0) when leaves >= 7 => parts,
            (7, 1) when parts >= 1 => features,
            _ => throw new InvalidOperationException($"leaf {leaf}, part {part} was asked for and is not there"),
        }, 0, 0, 0);
    }

    [Theory]
    [MemberData(nameof(Tiles))]
    public void ATileComputesItsProduct(int rows, int vectors)
    {
        Assert.SkipUnless(AssembledTiles.IsSupported, "This processor has no products of bfloat16, or they are turned off.");
        foreach (int steps in (int[])[1, 2, 7, 40])
        {
            foreach (int tiles in (int[])[1, 3])
            {
                foreach (bool accumulates in (bool[])[false, true])
                {
                    int width = vectors * Vector, all = rows * tiles, stride = (2 * steps) + 6, targetStride = width + 5;
                    BFloat16[] source = Narrow(all * stride, 1), weights = Narrow(steps * width * 2, 2);
                    using GuardedBuffer target = new(Uniform(all * targetStride, 3));
                    float[] before = target.Span.ToArray();
                    fixed (BFloat16* a = source, b = weights)
                    {
                        TileCall call = new() { SourceStride = stride * 2, SourceStep = 4, WeightStep = width * 4, TargetStride = targetStride * 4, Steps = steps, Tiles = tiles, Accumulates = accumulates ? 1 : 0 };
                        call.Source = (byte*)a;
                        call.Weights = call.Ahead = (byte*)b;
                        call.Target = target.Pointer;
                        AssembledTiles.Run(rows, vectors, &call);
                    }

                    target.AssertGuards();
                    for (int r = 0; r < all; r++)
                    {
                        for (int n = 0; n < targetStride; n++)
                        {
                            float was = before[(r * targetStride) + n], got = target.Span[(r * targetStride) + n];
                            if (n >= width)
                            {
                                Assert.Equal(was, got);
                                continue;
                            }

                            double sum = accumulates ? was : 0, size = Math.Abs(sum);
                            for (int k = 0; k < 2 * steps; k++)
                            {
                                double product = (double)source[(r * stride) + k].ToSingle() * weights[(((k / 2 * width) + n) * 2) + (k % 2)].ToSingle();
                                (sum, size) = (sum + product, size + Math.Abs(product));
                            }

                            Assert.Equal(sum, got, Math.Max(1e-7, 3e-6 * size));
                        }
                    }
                }
            }
        }
    }

    public static TheoryData<int, int> Products() => [.. from rows in (int[])[1, 2, 13, 14, 15, 28, 29, 57] from channels in (int[])[1, 8, 16, 17, 24, 32, 33, 96, 130] select (rows, channels)];

    [Theory]
    [MemberData(nameof(Products))]
    public void RowsAreLaidOutAndMultiplied(int rows, int channels)
    {
        Assert.SkipUnless(AssembledTiles.IsSupported, "This processor has no products of bfloat16, or they are turned off.");
        const int Outputs = 40;
        int pitch = PairProducts.Pitch(channels), dyPitch = PairProducts.Pitch(Outputs), even = (rows + 1) / 2 * 2;
        float[] x = Spread(Uniform(rows * channels, 1), rows, channels, pitch, even), dy = Spread(Uniform(rows * Outputs, 2), rows, Outputs, dyPitch, even), w = Uniform(Outputs * channels, 3);
        float[] sums = Uniform(channels * 48, 4), before = [.. sums], y = new float[rows * 48], dx = new float[rows * pitch];
        BFloat16[] xColumns = new BFloat16[even * pitch];
        uint[] xRows = new uint[even / 2 * pitch], dyRows = new uint[even / 2 * dyPitch], expected = new uint[even / 2 * pitch];
        BFloat16[] dyColumns = new BFloat16[even * dyPitch];
        PairPanels forward = new(Outputs, channels), backward = new(channels, Outputs);
        fixed (float* px = x, pdy = dy, pw = w, psums = sums, py = y, pdx = dx)
        fixed (BFloat16* cx = xColumns, cdy = dyColumns)
        fixed (uint* rx = xRows, rdy = dyRows, pe = expected)
        {
            PairProducts.Round(rows, channels, px, pitch, cx, rx);
            PairKernel.Reference(rows, channels, px, pitch, pe, pitch);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < channels; c++) Assert.Equal(BFloat16.Of(x[(r * pitch) + c]), xColumns[(r * pitch) + c]);
            for (int r = 0; r < even / 2; r++)
                for (int c = 0; c < channels; c++) Assert.Equal(expected[(r * pitch) + c], xRows[(r * pitch) + c]);
            PairProducts.Round(rows, Outputs, pdy, dyPitch, cdy, null);
            PairProducts.Round(rows, Outputs, pdy, dyPitch, null, rdy);

            forward.Fill(pw, channels, 1);
            backward.Fill(pw, 1, channels);
            PairProducts.Multiply(forward, rows, cx, pitch, py, 48, false, default);
            PairProducts.Multiply(backward, rows, cdy, dyPitch, pdx, pitch, false, default);
            PairProducts.AddGradient(even / 2, channels, Outputs, rx, pitch, rdy, dyPitch, psums, 48, true, default);
        }

        float Near(float value) => BFloat16.Of(value).ToSingle();
        for (int r = 0; r < rows; r++)
        {
            for (int n = 0; n < Outputs; n++)
                AssertNear(Enumerable.Range(0, channels).Select(k => (double)Near(x[(r * pitch) + k]) * Near(w[(n * channels) + k])), y[(r * 48) + n]);
            for (int k = 0; k < channels; k++)
                AssertNear(Enumerable.Range(0, Outputs).Select(n => (double)Near(dy[(r * dyPitch) + n]) * Near(w[(n * channels) + k])), dx[(r * pitch) + k]);
        }

        for (int k = 0; k < channels; k++)
        {
            for (int n = 0; n < Outputs; n++)
                AssertNear(Enumerable.Range(0, rows).Select(r => (double)Near(x[(r * pitch) + k]) * Near(dy[(r * dyPitch) + n])).Append(before[(k * 48) + n]), sums[(k * 48) + n]);
        }

        static void AssertNear(IEnumerable<double> terms, float actual) => Assert.Equal(terms.Sum(), actual, Math.Max(1e-7, 3e-6 * terms.Sum(Math.Abs)));
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void PairsOfRowsEqualTheReference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * (channels + 3), 1));
        uint[] expected = new uint[(rows + 1) / 2 * (channels + 2)], actual = new uint[expected.Length];
        fixed (uint* e = expected, a = actual)
        {
            PairKernel.Reference(rows, channels, x.Pointer, channels + 3, e, channels + 2);
            PairKernel.Run(rows, channels, x.Pointer, channels + 3, a, channels + 2);
        }

        Assert.Equal(expected, actual);
    }

    private static BFloat16[] Narrow(int count, uint seed) => [.. Uniform(count, seed).Select(BFloat16.Of)];

    private static float[] Spread(float[] values, int rows, int channels, int pitch, int room)
    {
        float[] spread = new float[room * pitch];
        Array.Fill(spread, 7);
        for (int r = 0; r < rows; r++) values.AsSpan(r * channels, channels).CopyTo(spread.AsSpan(r * pitch));
        return spread;
    }

    private static List<Instruction> Decode(byte[] code)
    {
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        List<Instruction> all = [];
        while (decoder.IP < (ulong)code.Length)
        {
            Instruction instruction = decoder.Decode();
            Assert.False(instruction.IsInvalid, $"at {instruction.IP}");
            all.Add(instruction);
        }

        return all;
    }
}
