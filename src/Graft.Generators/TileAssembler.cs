using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>A register tile of a matrix product in machine code: what .NET's intrinsics cannot say.</summary>
/// <remarks>
/// It computes C[r, n] = (C[r, n] or 0) + sum over s of A[r, s] B[s, n], r going over its rows and n over its vectors of 16 sums of float32. A step s of the sum takes a pair of bfloat16 of A and
/// a pair for each of the sums of B (<c>vdpbf16ps</c>). The sums stay in registers for the whole product; tiles go on down the rows as long as the call says.
/// </remarks>
/// <param name="rows">Its rows, 1 to <see cref="MostRows"/>.</param>
/// <param name="vectors">Its width in vectors of 16 sums, 1 or 2.</param>
internal sealed class TileAssembler(int rows, int vectors)
{
    /// <summary>The most rows: 28 sums and two vectors of B take 30 of 32 registers.</summary>
    public const int MostRows = 14;

    /// <summary>The most vectors.</summary>
    public const int MostVectors = 2;

    private const int VectorBytes = 64;

    private static readonly AssemblerRegisterZMM[] Registers =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    private readonly TileRows a = new(rows);

    /// <summary>Where the fields of the call lie, which the only argument points to: eight bytes each, in this order.</summary>
    private enum Field
    {
        /// <summary>The first row of A.</summary>
        Source,

        /// <summary>From one row of A to the next, in bytes.</summary>
        SourceStride,

        /// <summary>From one step of A to the next, in bytes.</summary>
        SourceStep,

        /// <summary>The first step of B.</summary>
        Weights,

        /// <summary>From one step of B to the next, in bytes.</summary>
        WeightStep,

        /// <summary>The first row of C.</summary>
        Target,

        /// <summary>From one row of C to the next, in bytes.</summary>
        TargetStride,

        /// <summary>The steps of the sum.</summary>
        Steps,

        /// <summary>The tiles, one below the other.</summary>
        Tiles,

        /// <summary>Whether C holds sums to add to.</summary>
        Accumulates,

        /// <summary>What is fetched into the second-level cache meanwhile.</summary>
        Ahead,

        /// <summary>How much farther a second range lies that is fetched, too, in bytes.</summary>
        Apart,

        /// <summary>How much of both is passed at each step, in bytes.</summary>
        AheadStep,
    }

    // What the inner loop needs besides the rows; rax points to the call.
    private static AssemblerRegister64 StepA => r9;

    private static AssemblerRegister64 B => r10;

    private static AssemblerRegister64 StepB => r11;

    private static AssemblerRegister64 Count => rbx;

    private static AssemblerRegister64 Ahead => r12;

    private static AssemblerRegister64 Apart => r13;

    private static AssemblerRegister64 AheadStep => r14;

    // All that any system's calling convention wants back.
    private static AssemblerRegister64[] Saved => [rbx, rsi, rdi, r12, r13, r14];

    /// <summary>The code.</summary>
    /// <param name="isWindows">Whether it is called as on Windows: the argument in rcx, and xmm6 to xmm15 come back as they were.</param>
    public byte[] Assemble(bool isWindows)
    {
        Assembler code = new(64);
        CallFrame frame = new(isWindows, Saved, usesLowVectors: true);
        frame.Enter(code);
        TileRows.SetStride(code, Of(Field.SourceStride));
        code.mov(StepA, Of(Field.SourceStep));
        code.mov(StepB, Of(Field.WeightStep));
        code.mov(Ahead, Of(Field.Ahead));
        code.mov(Apart, Of(Field.Apart));
        code.mov(AheadStep, Of(Field.AheadStep));

        Label tile = code.CreateLabel();
        code.Label(ref tile);
        Begin(code);
        Sum(code);
        Finish(code);
        code.dec(Of(Field.Tiles));
        code.jnz(tile);

        frame.Leave(code);
        return CallFrame.Bytes(code);
    }

    private static AssemblerMemoryOperand Of(Field field) => CallFrame.Field((int)field);

    private AssemblerRegisterZMM SumOf(int row, int vector) => Registers[(row * vectors) + vector];

    /// <summary>The sums of a tile begin with 0 or with what C holds.</summary>
    private void Begin(Assembler code)
    {
        Label clear = code.CreateLabel(), ready = code.CreateLabel();
        code.cmp(Of(Field.Accumulates), 0);
        code.je(clear);
        code.mov(Count, Of(Field.Target));
        for (int row = 0; row < rows; row++)
        {
            for (int v = 0; v < vectors; v++) code.vmovups(SumOf(row, v), __zmmword_ptr[Count + (VectorBytes * v)]);
            if (row + 1 < rows) code.add(Count, Of(Field.TargetStride));
        }

        code.jmp(ready);
        code.Label(ref clear);
        for (int row = 0; row < rows; row++)
            for (int v = 0; v < vectors; v++) code.vpxord(SumOf(row, v), SumOf(row, v), SumOf(row, v));
        code.Label(ref ready);
    }

    private void Sum(Assembler code)
    {
        a.Begin(code, Of(Field.Source));

        code.mov(B, Of(Field.Weights));
        code.mov(Count, Of(Field.Steps));
        Label step = code.CreateLabel();
        code.Label(ref step);
        for (int v = 0; v < vectors; v++) code.vmovups(Registers[(rows * vectors) + v], __zmmword_ptr[B + (VectorBytes * v)]);
        for (int row = 0; row < rows; row++)
            for (int v = 0; v < vectors; v++) code.vdpbf16ps(SumOf(row, v), Registers[(rows * vectors) + v], TileRows.Of(__dword_bcst, row));
        code.prefetcht1(__byte_ptr[Ahead]);
        code.prefetcht1(__byte_ptr[Ahead + Apart]);
        code.add(Ahead, AheadStep);
        a.Pass(code, StepA);
        code.add(B, StepB);
        code.dec(Count);
        code.jnz(step);
    }

    /// <summary>Puts the sums where they belong, and goes on to the next tile.</summary>
    private void Finish(Assembler code)
    {
        code.mov(Count, Of(Field.Target));
        for (int row = 0; row < rows; row++)
        {
            for (int v = 0; v < vectors; v++) code.vmovups(__zmmword_ptr[Count + (VectorBytes * v)], SumOf(row, v));
            code.add(Count, Of(Field.TargetStride));
        }

        code.mov(Of(Field.Target), Count);
        code.imul(Count, TileRows.Stride, rows);
        code.add(Of(Field.Source), Count);
    }
}
