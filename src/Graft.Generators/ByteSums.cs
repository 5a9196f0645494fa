using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>What becomes of the sums of a tile.</summary>
internal enum ByteEnd
{
    /// <summary>Bytes: clamp(round(multiplier sum) + zero point, low, high).</summary>
    Bytes,

    /// <summary>The same, where not all channels of the last vectors exist.</summary>
    SomeBytes,

    /// <summary>The same, pushed into a ring: the newest of the four bytes that a pixel of a channel has there, the oldest goes.</summary>
    Ring,

    /// <summary>The sums as they are.</summary>
    Sums,
}

/// <summary>Where the fields of the call lie, which the only argument points to: eight bytes each, in this order.</summary>
internal enum ByteField
{
    /// <summary>The first row of bytes.</summary>
    Source,

    /// <summary>From one row to the next, in bytes.</summary>
    SourceStride,

    /// <summary>The weights of the first step.</summary>
    Weights,

    /// <summary>The first row of results.</summary>
    Target,

    /// <summary>From one row of results to the next, in bytes.</summary>
    TargetStride,

    /// <summary>The steps of a segment of the sum.</summary>
    Steps,

    /// <summary>The segments of the sum.</summary>
    Segments,

    /// <summary>From one segment of a row to the next, in bytes.</summary>
    SegmentStride,

    /// <summary>The tiles, one below the other.</summary>
    Tiles,

    /// <summary>What each sum begins with.</summary>
    Biases,

    /// <summary>What each sum is multiplied by.</summary>
    Multipliers,

    /// <summary>The byte that stands for 0.</summary>
    ZeroPoint,

    /// <summary>The smallest byte.</summary>
    Low,

    /// <summary>The largest byte.</summary>
    High,

    /// <summary>A bit for each byte of a row of results that exists.</summary>
    Exists,

    /// <summary>What is fetched into the second-level cache meanwhile.</summary>
    Ahead,

    /// <summary>How much of it is passed at each step, in bytes.</summary>
    AheadStep,
}

/// <summary>The sums of a tile in registers: how they begin, and what becomes of them.</summary>
/// <param name="rows">The rows.</param>
/// <param name="vectors">The vectors of 16 sums of a row, 1 or 2.</param>
/// <param name="end">What becomes of them.</param>
/// <param name="count">A register that may be used.</param>
internal sealed class ByteSums(int rows, int vectors, ByteEnd end, AssemblerRegister64 count)
{
    private const int VectorBytes = 64, FirstSpare = 28, Newest = 24, Oldest = 8, Together = 4;
    private const uint Nothing = 0x00808080;

    private static readonly AssemblerRegisterZMM[] Registers =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    private static readonly AssemblerRegisterYMM[] Halves =
    [
        ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15,
        ymm16, ymm17, ymm18, ymm19, ymm20, ymm21, ymm22, ymm23, ymm24, ymm25, ymm26, ymm27, ymm28, ymm29, ymm30, ymm31,
    ];

    private static readonly AssemblerRegisterXMM[] Quarters =
    [
        xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15,
        xmm16, xmm17, xmm18, xmm19, xmm20, xmm21, xmm22, xmm23, xmm24, xmm25, xmm26, xmm27, xmm28, xmm29, xmm30, xmm31,
    ];

    private readonly Label[] constants = new Label[Together];

    private int Count => rows * vectors;

    /// <summary>The register of a sum.</summary>
    public static AssemblerRegisterZMM Of(int row, int vector, int vectors) => Registers[(row * vectors) + vector];

    /// <summary>One of four registers that are no sums.</summary>
    public static AssemblerRegisterZMM Spare(int index) => Registers[FirstSpare + index];

    /// <summary>Every row begins with the biases.</summary>
    public void Begin(Assembler code)
    {
        code.mov(count, Field(ByteField.Biases));
        for (int v = 0; v < vectors; v++) code.vmovups(Registers[v], __zmmword_ptr[count + (VectorBytes * v)]);
        for (int i = vectors; i < Count; i++) code.vmovdqa64(Registers[i], Registers[i % vectors]);
    }

    /// <summary>Puts the results where they belong, and goes on to the next rows there.</summary>
    public void Finish(Assembler code)
    {
        if (end != ByteEnd.Sums) Round(code);
        if (end == ByteEnd.Sums) StoreSums(code);
        else StoreBytes(code);
        code.mov(Field(ByteField.Target), count);
    }

    /// <summary>What the code reads, behind its end.</summary>
    public void Constants(Assembler code)
    {
        if (end == ByteEnd.Sums) return;
        if (end != ByteEnd.Ring)
        {
            code.Label(ref constants[0]);
            for (int i = 0; i < 16; i++) code.dd((uint)((i % Together * Together) + (i / Together)));
            return;
        }

        // The bytes of each of four vectors, to the top of their lanes.
        for (int quarter = 0; quarter < Together; quarter++)
        {
            code.Label(ref constants[quarter]);
            for (int lane = 0; lane < 16; lane++) code.dd(((uint)((quarter * Together) + (lane % Together)) << Newest) | Nothing);
        }
    }

    private static AssemblerMemoryOperand Field(ByteField field) => CallFrame.Field((int)field);

    /// <summary>Whole numbers nearest to multiplier times sum.</summary>
    private void Round(Assembler code)
    {
        code.mov(count, Field(ByteField.Multipliers));
        for (int v = 0; v < vectors; v++) code.vmovups(Spare(v), __zmmword_ptr[count + (VectorBytes * v)]);
        for (int i = 0; i < Count; i++) code.vcvtdq2ps(Registers[i], Registers[i]);
        for (int i = 0; i < Count; i++) code.vmulps(Registers[i], Registers[i], Spare(i % vectors));
        for (int i = 0; i < Count; i++) code.vcvtps2dq(Registers[i], Registers[i]);
    }

    private void StoreSums(Assembler code)
    {
        code.mov(count, Field(ByteField.Target));
        for (int row = 0; row < rows; row++)
        {
            for (int v = 0; v < vectors; v++) code.vmovups(__zmmword_ptr[count + (VectorBytes * v)], Of(row, v, vectors));
            code.add(count, Field(ByteField.TargetStride));
        }
    }

    /// <summary>Four vectors at a time become one of bytes: packing works in quarters of a vector, whose order is then put right, or each is spread over the ring's four bytes again.</summary>
    private void StoreBytes(Assembler code)
    {
        (AssemblerRegisterZMM zero, AssemblerRegisterZMM low, AssemblerRegisterZMM high, AssemblerRegisterZMM spare) = (Spare(0), Spare(1), Spare(2), Spare(3));
        for (int i = 0; i < Together; i++) constants[i] = code.CreateLabel();
        code.vpbroadcastw(zero, __word_ptr[rax + (8 * (int)ByteField.ZeroPoint)]);
        code.vpbroadcastb(low, __byte_ptr[rax + (8 * (int)ByteField.Low)]);
        code.vpbroadcastb(high, __byte_ptr[rax + (8 * (int)ByteField.High)]);
        if (end != ByteEnd.Ring) code.vmovups(spare, __zmmword_ptr[constants[0]]);
        if (end == ByteEnd.SomeBytes) code.kmovq(k1, Field(ByteField.Exists));
        code.mov(count, Field(ByteField.Target));
        for (int first = 0; first < Count; first += Together)
        {
            AssemblerRegisterZMM a = At(first), b = At(first + 1), c = At(first + 2), d = At(first + 3);
            code.vpackssdw(a, a, b);
            code.vpaddsw(a, a, zero);
            if (first + 2 < Count)
            {
                code.vpackssdw(c, c, d);
                code.vpaddsw(c, c, zero);
            }

            code.vpackuswb(a, a, first + 2 < Count ? c : a);
            code.vpmaxub(a, a, low);
            code.vpminub(a, a, high);
            if (end != ByteEnd.Ring) code.vpermd(a, spare, a);
            for (int i = first; i < Math.Min(first + Together, Count); i++)
            {
                if (end == ByteEnd.Ring) Push(code, i, a, spare);
                else if ((i - first) % vectors == 0) Store(code, first, i - first);
                if ((i + 1) % vectors == 0) code.add(count, Field(ByteField.TargetStride));
            }
        }

        AssemblerRegisterZMM At(int i) => Registers[Math.Min(i, Count - 1)];
    }

    /// <summary>Pushes a vector's bytes, one of four in a packed vector, into the ring.</summary>
    private void Push(Assembler code, int sum, AssemblerRegisterZMM packed, AssemblerRegisterZMM older)
    {
        int quarter = sum % Together;

        // The register of the packed vector is read again; the next one's sums are in it, too.
        AssemblerRegisterZMM newest = Registers[quarter == 0 && sum + 1 < Count ? sum + 1 : sum];
        AssemblerMemoryOperand ring = __zmmword_ptr[count + (VectorBytes * (sum % vectors))];
        code.vpshufb(newest, packed, __zmmword_ptr[constants[quarter]]);
        code.vpsrld(older, ring, Oldest);
        code.vpord(newest, newest, older);
        code.vmovups(ring, newest);
    }

    /// <summary>A row's bytes out of a packed vector.</summary>
    /// <param name="code">The code.</param>
    /// <param name="packed">The number of the vector's register.</param>
    /// <param name="quarter">Where in it they begin.</param>
    private void Store(Assembler code, int packed, int quarter)
    {
        bool isMasked = end == ByteEnd.SomeBytes;
        if (vectors == 2)
        {
            if (quarter > 0) code.vextracti64x4(Halves[packed], Registers[packed], 1);
            if (isMasked) code.vmovdqu8(__ymmword_ptr[count].k1, Halves[packed]);
            else code.vmovdqu32(__ymmword_ptr[count], Halves[packed]);
            return;
        }

        AssemblerRegisterXMM row = Quarters[quarter > 0 ? Count + quarter : packed];
        if (quarter > 0) code.vextracti32x4(row, Registers[packed], (byte)quarter);
        if (isMasked) code.vmovdqu8(__xmmword_ptr[count].k1, row);
        else code.vmovdqu32(__xmmword_ptr[count], row);
    }
}
