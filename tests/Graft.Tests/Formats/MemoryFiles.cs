using Graft.Formats;

namespace Graft.Tests.Formats;

/// <summary>Files in memory.</summary>
internal sealed class MemoryFiles(Dictionary<string, byte[]> files) : FileSet
{
    public override string Name => "x";

    protected override Entry? Find(string file) => files.TryGetValue(file, out byte[]? bytes) ? new Entry(bytes.Length, () => bytes) : null;
}
