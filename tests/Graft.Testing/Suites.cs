namespace Graft.Testing;

/// <summary>Names of groups of tests, for <c>[Trait(Suites.Name, ...)]</c>.</summary>
public static class Suites
{
    public const string Name = "Suite";

    /// <summary>Tests that <see cref="InstructionSetTests"/> runs again with instruction sets off: keep them short, since some then run without any vector instruction.</summary>
    public const string Kernels = "Kernels";
}
