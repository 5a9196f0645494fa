namespace Graft.Testing;

/// <summary>Damage to files, from a seed: what the tests of readers and longer runs outside of them do to a good file.</summary>
public static class Mutations
{
    /// <summary>A copy of a file in which one to sixteen places are changed: a byte, a bit, a run of 0xFF, or bytes of another place.</summary>
    /// <param name="file">The file.</param>
    /// <param name="random">Where the changes are drawn from.</param>
    public static byte[] Of(byte[] file, Random random)
    {
        byte[] changed = [.. file];
        for (int i = 1 << random.Next(5); i > 0; i--)
        {
            int at = random.Next(changed.Length);
            switch (random.Next(4))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    changed.AsSpan(at, Math.Min(random.Next(1, 12), changed.Length - at)).Fill(0xFF);
                    break;
                default:
                    int length = Math.Min(random.Next(1, 64), changed.Length - at);
                    changed.AsSpan(random.Next(changed.Length - length + 1), length).CopyTo(changed.AsSpan(at));
                    break;
            }
        }

        return changed;
    }
}
