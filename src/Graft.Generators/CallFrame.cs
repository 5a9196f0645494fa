using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Graft.Generators;

/// <summary>What every assembled function has around it: its only argument, which points to the fields of the call, comes to rax, and what a system's calling convention wants back is kept.</summary>
/// <param name="isWindows">Whether it is called as on Windows: the argument in rcx, and xmm6 to xmm15 come back as they were.</param>
/// <param name="saved">The registers that the function uses of those that any convention wants back.</param>
/// <param name="usesLowVectors">Whether it uses vectors that Windows wants back.</param>
internal sealed class CallFrame(bool isWindows, AssemblerRegister64[] saved, bool usesLowVectors)
{
    private const int KeptBytes = 16;

    // What Windows wants back of the vectors.
    private static readonly AssemblerRegisterXMM[] Kept = [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    private bool KeepsVectors => isWindows && usesLowVectors;

    /// <summary>A field of the call, eight bytes each.</summary>
    public static AssemblerMemoryOperand Field(int field) => __qword_ptr[rax + (8 * field)];

    /// <summary>The beginning.</summary>
    public void Enter(Assembler code)
    {
        code.mov(rax, isWindows ? rcx : rdi);
        foreach (AssemblerRegister64 register in saved) code.push(register);
        if (!KeepsVectors) return;
        code.sub(rsp, KeptBytes * Kept.Length);
        for (int i = 0; i < Kept.Length; i++) code.vmovups(__xmmword_ptr[rsp + (KeptBytes * i)], Kept[i]);
    }

    /// <summary>The end.</summary>
    public void Leave(Assembler code)
    {
        code.vzeroupper();
        if (KeepsVectors)
        {
            for (int i = 0; i < Kept.Length; i++) code.vmovups(Kept[i], __xmmword_ptr[rsp + (KeptBytes * i)]);
            code.add(rsp, KeptBytes * Kept.Length);
        }

        foreach (AssemblerRegister64 register in saved.AsEnumerable().Reverse()) code.pop(register);
        code.ret();
    }

    /// <summary>The code as bytes.</summary>
    public static byte[] Bytes(Assembler code)
    {
        using MemoryStream bytes = new();
        code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }
}
