using System.Numerics;

namespace Graft.Vision.Samples;

/// <summary>The light of an image.</summary>
/// <param name="Direction">Unit vector towards the light: x right, y down, z to the viewer.</param>
/// <param name="Ambient">The share that reaches every side.</param>
/// <param name="Diffuse">The share that depends on how a surface is turned.</param>
/// <param name="Through">How much shines through a petal lit from behind.</param>
internal readonly record struct Light(Vector3 Direction, float Ambient, float Diffuse, float Through)
{
    public bool Backlit => Direction.Z < 0;

    public static Light Draw(Dice dice)
    {
        bool overcast = dice.Chance(0.3f), behind = !overcast && dice.Chance(0.18f);
        float angle = dice.Range(-2.9f, -0.25f);
        float z = behind ? dice.Range(-0.7f, -0.2f) : dice.Range(0.25f, 0.95f);
        float flat = MathF.Sqrt(1 - (z * z));
        Vector3 direction = new(flat * MathF.Cos(angle), flat * MathF.Sin(angle), z);
        return overcast
            ? new Light(direction, dice.Range(0.75f, 0.85f), 0.18f, 0.05f)
            : new Light(direction, dice.Range(0.55f, 0.7f), dice.Range(0.35f, 0.5f), behind ? 0.6f : 0.25f);
    }

    /// <summary>The brightness of a thin surface with a unit normal.</summary>
    public float On(Vector3 normal)
    {
        float facing = Vector3.Dot(normal.Z < 0 ? -normal : normal, Direction);
        return Ambient + (Diffuse * (facing > 0 ? facing : -Through * facing));
    }
}
