using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>The rows of A that a tile of up to 14 rows reads, each four bytes a step: two pointers seven rows apart and three multiples of the stride address them all.</summary>
/// <param name="rows">The rows.</param>
internal sealed class TileRows(int rows)
{
    private const int GroupRows = 7;

    /// <summary>From one row to the next, in bytes.</summary>
    public static AssemblerRegister64 Stride => rdx;

    private static AssemblerRegister64 First => rdi;

    private static AssemblerRegister64 Lower => rsi;

    private static AssemblerRegister64 Stride3 => rcx;

    private static AssemblerRegister64 Stride5 => r8;

    private AssemblerRegister64[] Pointers => rows > GroupRows ? [First, Lower] : [First];

    /// <summary>Takes the stride.</summary>
    public static void SetStride(Assembler code, AssemblerMemoryOperand stride)
    {
        code.mov(Stride, stride);
        code.lea(Stride3, __[Stride + (Stride * 2)]);
        code.lea(Stride5, __[Stride + (Stride * 4)]);
    }

    /// <summary>Goes to the first step of the first row.</summary>
    public void Begin(Assembler code, AssemblerMemoryOperand source)
    {
        code.mov(First, source);
        if (rows <= GroupRows) return;
        code.lea(Lower, __[First + (Stride * 8)]);
        code.sub(Lower, Stride);
    }

    /// <summary>Goes on by so many bytes.</summary>
    public void Pass(Assembler code, AssemblerRegister64 bytes)
    {
        foreach (AssemblerRegister64 pointer in Pointers) code.add(pointer, bytes);
    }

    /// <inheritdoc cref="Pass(Assembler, AssemblerRegister64)"/>
    public void Pass(Assembler code, int bytes)
    {
        foreach (AssemblerRegister64 pointer in Pointers) code.add(pointer, bytes);
    }

    /// <summary>Four bytes of a row.</summary>
    /// <param name="size">How they are taken: <c>__dword_ptr</c>, or <c>__dword_bcst</c> for all lanes.</param>
    /// <param name="row">The row.</param>
    public static AssemblerMemoryOperand Of(AssemblerMemoryOperandFactory size, int row)
    {
        AssemblerRegister64 start = row < GroupRows ? First : Lower;
        return (row % GroupRows) switch
        {
            0 => size[start],
            1 => size[start + Stride],
            2 => size[start + (Stride * 2)],
            3 => size[start + Stride3],
            4 => size[start + (Stride * 4)],
            5 => size[start + Stride5],
            _ => size[start + (Stride3 * 2)],
        };
    }
}
