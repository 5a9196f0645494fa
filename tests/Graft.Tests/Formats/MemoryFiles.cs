using Graft.Formats;

namespace Graft.Tests.Formats;

/// <summary>Files in memory.</summary>
internal sealed class MemoryFiles(Dictionary<string, byte[]> files) : FileSet
{
    public override string Name => "x";

    protected override byte[]? ReadFile(string file) => files.GetValueOrDefault(file);
}
