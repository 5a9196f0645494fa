using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>Rounds rows of float32 to bfloat16 and lays them out as <see cref="TileAssembler"/> reads them, two rows and 32 columns at a time (<c>vcvtne2ps2bf16</c>).</summary>
/// <param name="alongColumns">Whether each row is written as it is.</param>
/// <param name="alongRows">Whether pairs of a number and the one below are written.</param>
internal sealed class RoundingAssembler(bool alongColumns, bool alongRows)
{
    private const int VectorBytes = 64;

    private enum Field
    {
        /// <summary>The first row of float32.</summary>
        Source,

        /// <summary>From one row to the next, in bytes.</summary>
        SourceStride,

        /// <summary>The first row of bfloat16.</summary>
        Columns,

        /// <summary>From one row of bfloat16 to the next, in bytes.</summary>
        ColumnsStride,

        /// <summary>The pairs of the first two rows.</summary>
        Rows,

        /// <summary>From the pairs of two rows to those of the next two, in bytes.</summary>
        RowsStride,

        /// <summary>The groups of 32 columns.</summary>
        Groups,

        /// <summary>The pairs of rows.</summary>
        Pairs,
    }

    private static AssemblerRegister64 Upper => rdi;

    private static AssemblerRegister64 Lower => rsi;

    private static AssemblerRegister64 UpperColumns => rdx;

    private static AssemblerRegister64 LowerColumns => rcx;

    private static AssemblerRegister64 Pairs => r8;

    private static AssemblerRegister64 Count => r9;

    private static AssemblerRegister64 Spare => r10;

    private static AssemblerRegister64[] Saved => [rsi, rdi];

    // Above what Windows wants back.
    private static AssemblerRegisterZMM Order => zmm31;

    /// <summary>The code.</summary>
    /// <param name="isWindows">Whether it is called as on Windows.</param>
    public byte[] Assemble(bool isWindows)
    {
        Assembler code = new(64);
        Label order = code.CreateLabel();
        CallFrame frame = new(isWindows, Saved, usesLowVectors: false);
        frame.Enter(code);
        if (alongRows) code.vmovups(Order, __zmmword_ptr[order]);

        Label rows = code.CreateLabel(), columns = code.CreateLabel();
        code.Label(ref rows);
        Begin(code, Upper, Lower, Field.Source, Field.SourceStride);
        if (alongColumns) Begin(code, UpperColumns, LowerColumns, Field.Columns, Field.ColumnsStride);
        if (alongRows) code.mov(Pairs, Of(Field.Rows));
        code.mov(Count, Of(Field.Groups));
        code.Label(ref columns);
        Group(code);
        code.dec(Count);
        code.jnz(columns);

        Advance(code, Field.Source, Field.SourceStride, 2);
        if (alongColumns) Advance(code, Field.Columns, Field.ColumnsStride, 2);
        if (alongRows) Advance(code, Field.Rows, Field.RowsStride, 1);
        code.dec(Of(Field.Pairs));
        code.jnz(rows);

        frame.Leave(code);
        if (alongRows)
        {
            code.Label(ref order);
            for (int i = 0; i < 16; i++)
            {
                code.dw((ushort)i);
                code.dw((ushort)(i + 16));
            }
        }

        return CallFrame.Bytes(code);
    }

    private static AssemblerMemoryOperand Of(Field field) => CallFrame.Field((int)field);

    private static void Begin(Assembler code, AssemblerRegister64 upper, AssemblerRegister64 lower, Field start, Field stride)
    {
        code.mov(upper, Of(start));
        code.mov(lower, upper);
        code.add(lower, Of(stride));
    }

    private static void Advance(Assembler code, Field start, Field stride, int rows)
    {
        code.mov(Spare, Of(stride));
        for (int i = 0; i < rows; i++) code.add(Of(start), Spare);
    }

    private void Group(Assembler code)
    {
        code.vmovups(zmm16, __zmmword_ptr[Upper]);
        code.vmovups(zmm17, __zmmword_ptr[Upper + VectorBytes]);
        code.vmovups(zmm18, __zmmword_ptr[Lower]);
        code.vmovups(zmm19, __zmmword_ptr[Lower + VectorBytes]);
        code.add(Upper, 2 * VectorBytes);
        code.add(Lower, 2 * VectorBytes);
        if (alongColumns)
        {
            code.vcvtne2ps2bf16(zmm20, zmm17, zmm16);
            code.vcvtne2ps2bf16(zmm21, zmm19, zmm18);
            code.vmovups(__zmmword_ptr[UpperColumns], zmm20);
            code.vmovups(__zmmword_ptr[LowerColumns], zmm21);
            code.add(UpperColumns, VectorBytes);
            code.add(LowerColumns, VectorBytes);
        }

        if (!alongRows) return;
        code.vcvtne2ps2bf16(zmm22, zmm18, zmm16);
        code.vcvtne2ps2bf16(zmm23, zmm19, zmm17);
        code.vpermw(zmm22, Order, zmm22);
        code.vpermw(zmm23, Order, zmm23);
        code.vmovups(__zmmword_ptr[Pairs], zmm22);
        code.vmovups(__zmmword_ptr[Pairs + VectorBytes], zmm23);
        code.add(Pairs, 2 * VectorBytes);
    }
}
