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
    private const int VectorBytes = 64, GroupRows = 7, StepBytes = 4;

    // What the inner loop needs; rax points to the call.
    private static AssemblerRegister64 A => rdi;

    private static AssemblerRegister64 LowerA => rsi;

    private static AssemblerRegister64 Stride => rdx;

    private static AssemblerRegister64 Stride3 => rcx;

    private static AssemblerRegister64 Stride5 => r8;

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
        code.mov(Stride, Of(ByteField.SourceStride));
        code.lea(Stride3, __[Stride + (Stride * 2)]);
        code.lea(Stride5, __[Stride + (Stride * 4)]);
        code.mov(Ahead, Of(ByteField.Ahead));
        code.mov(AheadStep, Of(ByteField.AheadStep));

        Label tile = code.CreateLabel();
        code.Label(ref tile);
        sums.Begin(code);
        Sum(code);
        sums.Finish(code);
        code.imul(Count, Stride, rows);
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
        code.mov(A, Of(ByteField.Source));
        if (rows > GroupRows)
        {
            code.lea(LowerA, __[A + (Stride * 8)]);
            code.sub(LowerA, Stride);
        }

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
            code.vpbroadcastd(x, Four(row));
            for (int v = 0; v < vectors; v++) code.vpdpbusd(ByteSums.Of(row, v, vectors), x, ByteSums.Spare(v));
        }

        code.prefetcht1(__byte_ptr[Ahead]);
        code.add(Ahead, AheadStep);
        code.add(A, StepBytes);
        if (rows > GroupRows) code.add(LowerA, StepBytes);
        code.add(B, VectorBytes * vectors);
        code.dec(Count);
        code.jnz(step);
        code.add(A, ToSegment);
        if (rows > GroupRows) code.add(LowerA, ToSegment);
        code.dec(Segments);
        code.jnz(segment);
    }

    /// <summary>Four bytes of a row of A.</summary>
    private static AssemblerMemoryOperand Four(int row)
    {
        AssemblerRegister64 start = row < GroupRows ? A : LowerA;
        return (row % GroupRows) switch
        {
            0 => __dword_ptr[start],
            1 => __dword_ptr[start + Stride],
            2 => __dword_ptr[start + (Stride * 2)],
            3 => __dword_ptr[start + Stride3],
            4 => __dword_ptr[start + (Stride * 4)],
            5 => __dword_ptr[start + Stride5],
            _ => __dword_ptr[start + (Stride3 * 2)],
        };
    }
}
