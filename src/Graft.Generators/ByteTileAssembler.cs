using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>A register tile of a product of bytes with weights of eight bits, in machine code: sums in int32 (<c>vpdpbusd</c>, which .NET has for 256 bits and newer processors alone), and what is done with them at the end.</summary>
/// <remarks>
/// It computes S[r, n] = bias[n] + sum over k of A[r, k] B[k, n], r going over its rows and n over its vectors of 16 sums. A step of the sum takes four bytes of A, which have no sign, and four of B, which have; it may go
/// on in segments, the rows of a window. Tiles go on down the rows as long as the call says.
/// </remarks>
/// <param name="rows">Its rows, 1 to 14.</param>
/// <param name="vectors">Its width in vectors of 16 sums, 1 or 2.</param>
/// <param name="end">What becomes of the sums.</param>
internal sealed class ByteTileAssembler(int rows, int vectors, ByteEnd end)
{
    private const int VectorBytes = 64, StepBytes = 4;

    private readonly TileRows a = new(rows);

    // What the inner loop needs besides the rows; rax points to the call.
    private static AssemblerRegister64 Ahead => r9;

    private static AssemblerRegister64 B => r10;

    private static AssemblerRegister64 AheadStep => r11;

    private static AssemblerRegister64 Count => rbx;

    private static AssemblerRegister64 Segments => r12;

    private static AssemblerRegister64 ToSegment => r13;

    private static AssemblerRegister64[] Saved => [rbx, rsi, rdi, r12, r13];

    /// <summary>The code.</summary>
    /// <param name="isWindows">Whether it is called as on Windows.</param>
    public byte[] Assemble(bool isWindows)
    {
        Assembler code = new(64);
        CallFrame frame = new(isWindows, Saved, usesLowVectors: true);
        ByteSums sums = new(rows, vectors, end, Count);
        frame.Enter(code);
        TileRows.SetStride(code, Of(ByteField.SourceStride));
        code.mov(Ahead, Of(ByteField.Ahead));
        code.mov(AheadStep, Of(ByteField.AheadStep));

        Label tile = code.CreateLabel();
        code.Label(ref tile);
        sums.Begin(code);
        Sum(code);
        sums.Finish(code);
        code.imul(Count, TileRows.Stride, rows);
        code.add(Of(ByteField.Source), Count);
        code.dec(Of(ByteField.Tiles));
        code.jnz(tile);

        frame.Leave(code);
        sums.Constants(code);
        return CallFrame.Bytes(code);
    }

    private static AssemblerMemoryOperand Of(ByteField field) => CallFrame.Field((int)field);

    private void Sum(Assembler code)
    {
        a.Begin(code, Of(ByteField.Source));

        // From where a segment ends to where the next one begins.
        code.mov(ToSegment, Of(ByteField.SegmentStride));
        code.mov(Count, Of(ByteField.Steps));
        code.imul(Count, Count, StepBytes);
        code.sub(ToSegment, Count);
        code.mov(Segments, Of(ByteField.Segments));
        code.mov(B, Of(ByteField.Weights));
        Label segment = code.CreateLabel(), step = code.CreateLabel();
        code.Label(ref segment);
        code.mov(Count, Of(ByteField.Steps));
        code.Label(ref step);
        for (int v = 0; v < vectors; v++) code.vmovups(ByteSums.Spare(v), __zmmword_ptr[B + (VectorBytes * v)]);
        for (int row = 0; row < rows; row++)
        {
            AssemblerRegisterZMM x = ByteSums.Spare(2 + (row % 2));
            code.vpbroadcastd(x, TileRows.Of(__dword_ptr, row));
            for (int v = 0; v < vectors; v++) code.vpdpbusd(ByteSums.Of(row, v, vectors), x, ByteSums.Spare(v));
        }

        code.prefetcht1(__byte_ptr[Ahead]);
        code.add(Ahead, AheadStep);
        a.Pass(code, StepBytes);
        code.add(B, VectorBytes * vectors);
        code.dec(Count);
        code.jnz(step);
        a.Pass(code, ToSegment);
        code.dec(Segments);
        code.jnz(segment);
    }
}
