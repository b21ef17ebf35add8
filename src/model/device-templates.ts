import {
  byStandard,
  type DeviceTemplate,
  fromNameplate,
  type TemplateMetric,
  usual,
} from "./device-template.ts";

/**
 * Kinds of machines with the metrics they are watched by and limits that are typical. They are a start and no promise:
 * what the nameplate or the manufacturer says goes before. Vibration limits are zone borders of the standards (H: B/C,
 * HH: C/D) for the class that is named.
 */

const motorCurrent = fromNameplate("A", "HH = 1.1 × rated current of the nameplate");
const speed = fromNameplate("rpm", "rated speed of the nameplate");
const rollingBearing = usual("°C", { h: 80, hh: 95 }, "rolling bearing, mineral oil or grease");
const discharge = fromNameplate("MPa", "HH = maximum working pressure; LL = pressure at run-out");
const flow = fromNameplate("L/min", "L = minimum continuous flow of the pump curve");
const isoPump = byStandard("mm/s", { h: 5.1, hh: 8.5 }, "ISO 10816-7, category II, up to 200 kW");
const isoMachine = byStandard("mm/s", { h: 2.8, hh: 4.5 }, "ISO 20816-3, group 2, rigid support");
const isoFan = byStandard("mm/s", { h: 7.1, hh: 9 }, "ISO 14694, BV-3, rigid support");
const acceleration = usual("g", { h: 0.35, hh: 0.5 }, "RMS 10 Hz–1 kHz, small machine below 50 kW");
const winding = usual(
  "°C",
  { h: 130, hh: 150 },
  "insulation class F (155 °C), sensor in the winding",
);

const template = (
  templateId: string,
  deviceType: string,
  [zh, en]: readonly [string, string],
  metrics: Readonly<Record<string, TemplateMetric>>,
): DeviceTemplate => ({ templateId, deviceType, title: { zh, en }, metrics });

export const deviceTemplates: readonly DeviceTemplate[] = [
  template("centrifugal_pump", "pump", ["离心泵", "Centrifugal pump"], {
    temperature: rollingBearing,
    vibration: acceleration,
    vibration_velocity: isoPump,
    pressure: discharge,
    suction_pressure: fromNameplate("MPa", "LL = vapour pressure + required NPSH"),
    flow,
    fluid_temperature: fromNameplate("°C", "HH = maximum of casing and seal"),
    current: motorCurrent,
  }),
  template("submersible_pump", "pump", ["潜水泵", "Submersible pump"], {
    winding_temperature: winding,
    temperature: usual("°C", { h: 85, hh: 100 }, "lower bearing, oil chamber"),
    pressure: discharge,
    flow,
    level: fromNameplate(
      "%",
      "LL = minimum submergence of the manual, in % of the range of the sensor",
    ),
    current: motorCurrent,
    voltage: fromNameplate("V", "rated voltage ± 10 % (IEC 60034-1, zone B)"),
  }),
  template("induction_motor", "motor", ["感应电动机", "Induction motor"], {
    temperature: rollingBearing,
    winding_temperature: winding,
    vibration: acceleration,
    vibration_velocity: isoMachine,
    current: motorCurrent,
    voltage: fromNameplate("V", "rated voltage ± 10 % (IEC 60034-1, zone B)"),
    current_unbalance: usual(
      "%",
      { h: 5, hh: 10 },
      "greatest deviation from the mean of the phases",
    ),
    power: fromNameplate("kW", "HH = rated power × service factor"),
    speed,
  }),
  template("screw_compressor", "compressor", ["螺杆压缩机", "Screw compressor"], {
    temperature: usual("°C", { h: 100, hh: 110 }, "discharge of oil-injected screws"),
    pressure: fromNameplate("MPa", "HH = maximum working pressure"),
    oil_pressure_difference: usual("MPa", { h: 0.08, hh: 0.12 }, "oil separator element"),
    vibration_velocity: byStandard("mm/s", { h: 4.5, hh: 7.1 }, "ISO 20816-3, group 2, flexible"),
    vibration: acceleration,
    current: motorCurrent,
  }),
  template("piston_compressor", "compressor", ["活塞压缩机", "Piston compressor"], {
    temperature: usual(
      "°C",
      { h: 150, hh: 175 },
      "discharge of a lubricated stage (API 618: 150 °C)",
    ),
    pressure: fromNameplate("MPa", "HH = maximum working pressure of the stage"),
    oil_pressure: usual("MPa", { ll: 0.1, l: 0.15 }, "frame lubrication"),
    oil_temperature: usual("°C", { h: 70, hh: 80 }, "frame oil"),
    vibration_velocity: byStandard(
      "mm/s",
      { h: 8, hh: 12 },
      "ISO 20816-8, top of the frame, horizontal",
    ),
    current: motorCurrent,
  }),
  template("axial_fan", "fan", ["轴流风机", "Axial fan"], {
    temperature: rollingBearing,
    vibration_velocity: isoFan,
    vibration: acceleration,
    pressure_difference: fromNameplate("kPa", "H = stall limit of the fan curve"),
    current: motorCurrent,
    speed,
  }),
  template("centrifugal_fan", "fan", ["离心风机", "Centrifugal fan"], {
    temperature: rollingBearing,
    vibration_velocity: isoFan,
    vibration: acceleration,
    pressure_difference: fromNameplate("kPa", "operating point of the fan curve"),
    current: motorCurrent,
    speed,
  }),
  template("gearbox", "gearbox", ["齿轮箱", "Gearbox"], {
    temperature: usual("°C", { h: 85, hh: 95 }, "oil sump, mineral oil"),
    bearing_temperature: rollingBearing,
    oil_pressure: usual("MPa", { ll: 0.08, l: 0.1 }, "forced lubrication"),
    vibration_velocity: usual(
      "mm/s",
      { h: 4.5, hh: 7.1 },
      "RMS on the housing; ISO 20816-9 rates single units",
    ),
    vibration: usual("g", { h: 2, hh: 4 }, "RMS 10 Hz–10 kHz on the housing at the mesh"),
    speed,
  }),
  template("hydraulic_power_unit", "hydraulic_unit", ["液压站", "Hydraulic power unit"], {
    temperature: usual("°C", { h: 60, hh: 70 }, "mineral oil HLP 46 in the tank"),
    pressure: fromNameplate("MPa", "HH = setting of the relief valve"),
    flow,
    level: usual("%", { ll: 20, l: 35 }, "of the tank"),
    filter_pressure_difference: usual("MPa", { h: 0.2, hh: 0.35 }, "return filter with bypass"),
    particle_class: usual("1", { h: 18, hh: 20 }, "ISO 4406, second number, proportional valves"),
    current: motorCurrent,
  }),
  template("conveyor", "conveyor", ["带式输送机", "Belt conveyor"], {
    speed,
    belt_slip: usual("%", { h: 5, hh: 10 }, "drive pulley against tail pulley"),
    temperature: rollingBearing,
    vibration_velocity: isoMachine,
    current: motorCurrent,
  }),
  template("cnc_spindle", "spindle", ["数控主轴", "CNC spindle"], {
    temperature: usual("°C", { h: 55, hh: 70 }, "front bearing, grease"),
    vibration_velocity: usual("mm/s", { h: 1.4, hh: 2.8 }, "RMS 10 Hz–5 kHz without a cut"),
    vibration: usual("g", { h: 1, hh: 2 }, "RMS 10 Hz–5 kHz without a cut"),
    load: usual("%", { h: 100, hh: 120 }, "of the rated power of the drive"),
    speed,
    coolant_temperature: usual("°C", { ll: 15, h: 28, hh: 32 }, "chiller of the spindle"),
  }),
  template("chiller", "chiller", ["冷水机组", "Chiller"], {
    fluid_temperature: usual("°C", { ll: 3, l: 4, h: 10, hh: 14 }, "leaving water, set point 7 °C"),
    return_temperature: usual("°C", { h: 16, hh: 20 }, "entering water, set point 12 °C"),
    condensing_pressure: fromNameplate("MPa", "HH = cut-out of the high-pressure switch"),
    evaporating_pressure: fromNameplate("MPa", "LL = cut-out of the low-pressure switch"),
    discharge_temperature: usual("°C", { h: 95, hh: 110 }, "discharge of the compressor"),
    oil_pressure_difference: usual("MPa", { ll: 0.1, l: 0.15 }, "oil against suction"),
    flow: fromNameplate("L/min", "LL = trip of the flow switch, often 50 % of rated flow"),
    current: motorCurrent,
  }),
  template("cooling_tower", "cooling_tower", ["冷却塔", "Cooling tower"], {
    fluid_temperature: usual("°C", { h: 32, hh: 36 }, "leaving water"),
    temperature: rollingBearing,
    vibration_velocity: byStandard("mm/s", { h: 7.1, hh: 9 }, "ISO 14694, BV-3, fan and gear"),
    current: motorCurrent,
    level: usual("%", { ll: 20, l: 40, h: 95 }, "of the basin"),
  }),
];
